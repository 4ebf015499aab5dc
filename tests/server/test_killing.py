"""Kill -9 under load: what was acknowledged is there, the file is sound, the server comes back at once."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event

ROUNDS = 3
CLIENTS = 8
ENOUGH = 25
JSON = {"Content-Type": "application/json"}


@contextmanager
def served(store: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    program = Path(sys.executable).with_name("mlproj")
    words = [str(program), "server", "-p", "0", "--store", f"sqlite:///{store}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line
        try:
            yield process, int(line.rpartition(":")[2])
        finally:
            process.kill()


def post(connection: HTTPConnection, path: str, **body: object) -> dict[str, object]:
    connection.request("POST", f"/api/2.0/mlflow/{path}", json.dumps(body), JSON)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
    found: dict[str, object] = json.loads(content)
    return found


def write_until_it_dies(port: int, run_id: str, name: str, enough: Event) -> list[int]:
    """The steps that were acknowledged."""
    acknowledged: list[int] = []
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        try:
            while True:
                step = len(acknowledged)
                post(connection, "runs/log-metric", run_id=run_id, key=name, value=step, timestamp=1, step=step)
                acknowledged.append(step)
                if len(acknowledged) == ENOUGH:
                    enough.set()
        except (OSError, HTTPException):
            return acknowledged


def test_what_was_acknowledged_is_there_after_kill(tmp_path: Path) -> None:
    store = tmp_path / "mlproj.db"
    for turn in range(ROUNDS):
        with served(store) as (process, port), ThreadPoolExecutor(CLIENTS) as threads:
            with closing(HTTPConnection("127.0.0.1", port)) as connection:
                run = post(connection, "runs/create", experiment_id="0")["run"]
            assert isinstance(run, dict)
            run_id, enough = str(run["info"]["run_id"]), Event()
            names = [f"metric {turn} {number}" for number in range(CLIENTS)]
            writing = {name: threads.submit(write_until_it_dies, port, run_id, name, enough) for name in names}
            assert enough.wait(60)
            os.kill(process.pid, signal.SIGKILL)
            acknowledged = {name: steps.result() for name, steps in writing.items()}
        with closing(sqlite3.connect(store)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            for name, steps in acknowledged.items():
                rows = database.execute("SELECT step FROM metrics WHERE key = ? ORDER BY step", (name,)).fetchall()
                kept = [row[0] for row in rows]
                assert kept[: len(steps)] == steps, name
                assert len(kept) <= len(steps) + 1
