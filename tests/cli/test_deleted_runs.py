"""Runs that somebody deletes while they go on: they are supervised to the end, which is recorded."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Start

PROJECT = """
name: watched
entry_points:
  main:
    command: "touch started; until [ -e go ]; do sleep 0.05; done; exit {code}"
"""


def wait_for(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("case", "code"), [("run database", 0), ("experiment database", 3), ("run server", 3), ("experiment server", 0)]
)
def test_the_end_is_recorded(mlproj: "Program", start: "Start", tmp_path: Path, case: str, code: int) -> None:
    what, through = case.split()
    (tmp_path / "MLproject").write_text(PROJECT.format(code=code))
    server = start()
    words = ("--tracking-uri", server.url) if through == "server" else ()
    running = mlproj.start("run", ".", "--env-manager", "local", *words)
    wait_for((tmp_path / "started").exists)
    found = server.send("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=watched")
    experiment_id = json.loads(found.text)["experiment"]["experiment_id"]
    runs = server.send("POST", "/api/2.0/mlflow/runs/search", body={"experiment_ids": [experiment_id]})
    run_id = json.loads(runs.text)["runs"][0]["info"]["run_id"]
    body = {"run_id": run_id} if what == "run" else {"experiment_id": experiment_id}
    assert server.send("POST", f"/api/2.0/mlflow/{what}s/delete", body=body).status == 200
    (tmp_path / "go").touch()
    out, err = running.communicate(timeout=60)
    assert (running.returncode, "could not be recorded" in err) == (code, False), out + err
    run = json.loads(server.send("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}").text)["run"]
    assert run["info"]["lifecycle_stage"] == "deleted"
    assert run["info"]["status"] == ("FAILED" if code else "FINISHED")
    assert {"key": "mlproj.exit_code", "value": str(code)} in run["data"]["tags"]
