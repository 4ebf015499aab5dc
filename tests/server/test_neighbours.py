"""One SQLite file, several processes: two servers under load, and a server beside runs from the command line."""

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event

from tests.served import Client, log_until, served

from mlproj.config import process_environment

STEPS = 40
JOB = """
import json, os, urllib.request
uri, run_id = os.environ["MLFLOW_TRACKING_URI"], os.environ["MLFLOW_RUN_ID"]
for step in range(20):
    body = {"run_id": run_id, "key": "loss", "value": step, "timestamp": 1, "step": step}
    request = urllib.request.Request(
        f"{uri}/api/2.0/mlflow/runs/log-metric", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).read()
"""


def sound(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as sql:
        checks = [sql.execute(f"PRAGMA {name}").fetchall() for name in ("integrity_check", "foreign_key_check")]
    return checks == [[("ok",)], []]


def test_two_servers(tmp_path: Path) -> None:
    database = tmp_path / "mlproj.db"
    with ExitStack() as opened, ThreadPoolExecutor(8) as threads:
        urls = [opened.enter_context(served(f"sqlite:///{database}"))[1] for _ in range(2)]

        def work(number: int) -> str:
            """What is written by way of one server is read by way of the other."""
            mine, other = Client(urls[number % 2]), Client(urls[1 - number % 2])
            run_id = mine.create_run(run_name=f"run {number}")
            for step in range(STEPS):
                mine.post("runs/log-metric", run_id=run_id, key="m", value=step, timestamp=1, step=step)
            other.post("runs/log-parameter", run_id=run_id, key="p", value=str(number))
            answer = json.loads(other.send("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}")[2])
            return str(answer["run"]["data"]["metrics"][0]["value"])

        assert list(threads.map(work, range(8))) == [str(float(STEPS - 1))] * 8
        assert len(Client(urls[0]).post("runs/search", experiment_ids=["0"])["runs"]) == 8
    assert sound(database)


def test_a_server_beside_runs(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    (tmp_path / "MLproject").write_text(
        f"name: beside\nentry_points:\n  main:\n    command: {sys.executable} job.py\n", encoding="utf-8"
    )
    database = tmp_path / "home" / "mlproj.db"
    environ = {**process_environment(), "MLPROJ_HOME": str(tmp_path / "home")}
    program = str(Path(sys.executable).with_name("mlproj"))
    ended = Event()

    def run(_: int) -> int:
        command = [program, "run", str(tmp_path), "--env-manager", "local"]
        return subprocess.run(command, env=environ, capture_output=True, check=False).returncode

    with served(f"sqlite:///{database}") as (_, url), ThreadPoolExecutor(8) as threads:
        run_id = Client(url).create_run()
        writing = [threads.submit(log_until, ended, url, run_id, f"m{number}") for number in range(4)]
        try:
            assert list(threads.map(run, range(4))) == [0] * 4
        finally:
            ended.set()
        logged = [outcome.result() for outcome in writing]
        assert all(steps and not refused for steps, refused in logged)
        client = Client(url)
        name = "/api/2.0/mlflow/experiments/get-by-name?experiment_name=beside"
        experiment = json.loads(client.send("GET", name)[2])["experiment"]["experiment_id"]
        found = client.post("runs/search", experiment_ids=[experiment])["runs"]
        assert [run["info"]["status"] for run in found] == ["FINISHED"] * 4
        assert [metric["value"] for run in found for metric in run["data"]["metrics"]] == [19.0] * 4
        kept = {
            row["key"]: row["step"]
            for row in client.post("runs/search", experiment_ids=["0"])["runs"][0]["data"]["metrics"]
        }
        assert kept == {f"m{number}": steps[-1] for number, (steps, _) in enumerate(logged)}
    assert sound(database)
