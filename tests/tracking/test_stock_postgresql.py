"""The stock client against a store in PostgreSQL: the scripts that the tests of the server run against SQLite."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlproj.server.embedded import EmbeddedServer
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import RunStatus

JOBS = Path(__file__).parent.parent / "server" / "jobs"


class Scripts:
    """Runs scripts as the jobs of runs of a store; `run_id` is the last of those."""

    def __init__(self, store: LocalStore, server: EmbeddedServer, python: Path, home: Path) -> None:
        self.run_id = ""
        self._store = store
        self._server = server
        self._command = str(python)
        self._environ = {
            "PATH": os.defpath,
            "HOME": str(home),
            "MPLCONFIGDIR": str(home),
            "MLFLOW_EXPERIMENT_ID": "0",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        }
        self._home = home

    def play(self, script: str, *arguments: str) -> Any:
        self.run_id = self._store.create_run("0", start_time=1).run_id
        job = {"MLFLOW_TRACKING_URI": self._server.url_for(self.run_id), "MLFLOW_RUN_ID": self.run_id}
        done = subprocess.run(
            [self._command, str(JOBS / script), *arguments],
            env={**self._environ, **job},
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])["seen"]


@pytest.fixture
def scripts(postgres_store: LocalStore, genuine_python: Path, tmp_path: Path) -> Iterator[Scripts]:
    errors: list[BaseException] = []
    with EmbeddedServer(postgres_store, on_error=errors.append) as server:
        yield Scripts(postgres_store, server, genuine_python, tmp_path)
    assert errors == []


def test_tracking_and_models(scripts: Scripts, postgres_store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text("{}")
    seen = scripts.play("journey.py", str(tmp_path / "cases.json"))["plain"]
    run = postgres_store.get_run(scripts.run_id)
    assert (run.status, run.params["alpha"], run.metrics["loss"].step) == (RunStatus.FINISHED, "0.5", 4)
    assert postgres_store.get_experiment(run.experiment_id).name == "made by the script"
    assert (seen["bytes"], seen["empty"], seen["steps"]) == (True, True, [0, 1, 2, 3, 4])
    assert postgres_store.get_run(seen["inner"]).tags["mlflow.parentRunId"] == scripts.run_id
    models = scripts.play("registry.py", "a model")
    assert models["loaded"] == dict.fromkeys(("/1", "/2", "/Production", "/latest", "@best"), True)
    assert (models["from the run"], models["as sklearn"], models["copy loads"]) == (True, True, True)
    assert (models["signature"], models["input example"], models["history"]) == (["a", "b", "c"], 2, True)
    assert models["deleted model"] == "RESOURCE_DOES_NOT_EXIST"
    assert all(at_once == in_pages for at_once, in_pages in models["pages"].values())
