"""What a command logs from inside a run, and runs that are recorded on a server."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.server.embedded import EmbeddedServer
from mlproj.tracking.opening import open_sqlite

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write

    from mlproj.tracking.base import LocalStore


CLIENT = """
import json, os, sys, urllib.request

def call(path, **body):
    request = urllib.request.Request(
        os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)

run_id = os.environ["MLFLOW_RUN_ID"]
call("runs/log-metric", run_id=run_id, key="score", value=0.5, timestamp=1, step=3)
call("runs/update", run_id=run_id, status=sys.argv[1], end_time=5)
sys.exit(int(sys.argv[2]))
"""
PROJECT = """
    name: inside
    entry_points:
      main:
        parameters: {status: string, code: int}
        command: "$MLPROJ_PYTHON client.py {status} {code}"
      nested:
        parameters: {depth: int}
        command: >-
          if [ {depth} -gt 0 ]; then "$MLPROJ_EXECUTABLE" run . -e nested -P depth=$(( {depth} - 1 )); fi
      manager:
        command: "echo manager=${{MLPROJ_ENV_MANAGER:-}}"
"""


@pytest.fixture
def folder(project: "Write") -> Path:
    folder = project(PROJECT)
    (folder / "client.py").write_text(CLIENT)
    return folder


@pytest.mark.parametrize(
    ("said", "code", "status", "ends_with"),
    [
        ("FINISHED", 0, "FINISHED", 0),
        ("FINISHED", 3, "FAILED", 3),
        ("FAILED", 0, "FAILED", 1),
        ("KILLED", 0, "KILLED", 1),
    ],
)
def test_the_exit_code_and_what_the_script_said_decide_together(  # noqa: PLR0917 - fixtures and the table's columns
    mlproj: "Program", folder: Path, said: str, code: int, status: str, ends_with: int
) -> None:
    done = mlproj("run", str(folder), "-P", f"status={said}", "-P", f"code={code}")
    assert done.code == ends_with, done.err
    run = mlproj.only_run()
    assert run["status"] == status
    assert run["metrics"] == {"score": 0.5}


def test_runs_started_inside_are_children_in_the_same_experiment(mlproj: "Program", folder: Path) -> None:
    done = mlproj("run", str(folder), "-e", "nested", "-P", "depth=2", "--experiment-name", "mine")
    assert done.code == 0, done.err
    inner, middle, outer = mlproj("runs", "list", "--json").json
    assert inner["tags"]["mlflow.parentRunId"] == middle["run_id"]
    assert middle["tags"]["mlflow.parentRunId"] == outer["run_id"]
    assert "mlflow.parentRunId" not in outer["tags"]
    assert len({run["experiment_id"] for run in (inner, middle, outer)}) == 1


def test_the_env_manager_is_inherited(mlproj: "Program", folder: Path) -> None:
    assert mlproj("run", str(folder), "-e", "manager", "--env-manager", "local").out == "manager=local\n"
    assert mlproj("run", str(folder), "-e", "manager").out == "manager=\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, "LocalStore"]]:
    """A tracking server with a store of its own: its URI, and the store behind it."""
    with closing(open_sqlite(tmp_path / "server" / "mlproj.db")) as store, EmbeddedServer(store) as running:
        run = store.create_run("0", start_time=1, run_name="keeper of the token")
        yield running.url_for(run.run_id), store
        store.close()


def test_a_run_is_recorded_on_a_server(mlproj: "Program", folder: Path, server: tuple[str, "LocalStore"]) -> None:
    uri, store = server
    words = ("-P", "status=FINISHED", "-P", "code=0", "--tracking-uri", uri, "--json")
    done = mlproj("run", str(folder), *words)
    assert done.code == 0, done.err
    run = store.get_run(done.json["run_id"])
    assert (run.status, run.metrics["score"].value) == ("FINISHED", 0.5)
    assert run.tags["mlproj.exit_code"] == "0"
    names = {info.path for info in store.artifacts(run.run_id).list("mlproj")}
    assert {"mlproj/run.json", "mlproj/output.log"} <= names
    assert mlproj("runs", "show", run.run_id[:8], "--tracking-uri", uri).code == 0
    assert mlproj("runs", "logs", run.run_id, "--tracking-uri", uri).code == 0
    assert mlproj.no_runs()


def test_a_server_that_is_down_is_one_line_before_anything_runs(
    mlproj: "Program", folder: Path, tmp_path: Path
) -> None:
    done = mlproj("run", str(folder), "-e", "manager", environ={"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"})
    assert done.code == 6
    assert "http://127.0.0.1:9" in done.err
    assert done.out == ""
    assert done.err.strip().splitlines()[-1].startswith("mlproj: error: ")
