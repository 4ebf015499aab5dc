import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.backends.job_directory import record_supervisor
from mlproj.system.identity import this_process
from mlproj.tracking.opening import open_sqlite

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write

TRIVIAL = "name: x\nentry_points:\n  main:\n    command: echo hi\n"


def test_deleted_runs_go_for_good_with_their_files(mlproj: "Program", project: "Write", environment: Path) -> None:
    folder = project(TRIVIAL)
    mlproj("run", str(folder))
    gone = mlproj.only_run()
    mlproj("runs", "delete", gone["run_id"])
    mlproj("run", str(folder))
    kept = mlproj.only_run()

    planned = mlproj("gc", "--dry-run", "--json").json
    assert [(item["kind"], item["name"]) for item in planned["items"]] == [("run", gone["run_id"])]
    assert mlproj("runs", "show", gone["run_id"]).code == 0

    done = mlproj("gc")
    assert done.code == 0
    assert gone["run_id"] in done.out
    assert "removed 1 item" in done.err
    assert mlproj("runs", "show", gone["run_id"]).code == 2
    artifacts = environment / "mlproj-home" / "artifacts" / kept["experiment_id"]
    assert [path.name for path in artifacts.iterdir()] == [kept["run_id"]]
    assert mlproj.only_run()["run_id"] == kept["run_id"]


def test_deleted_experiments_go_too(mlproj: "Program", project: "Write") -> None:
    mlproj("run", str(project(TRIVIAL)))
    mlproj("experiments", "delete", "x")
    kinds = [item["kind"] for item in mlproj("gc", "--json").json["items"]]
    assert kinds == ["run", "experiment"]
    names = {item["name"] for item in mlproj("experiments", "list", "--view", "all", "--json").json}
    assert names == {"Default"}


def test_a_run_that_moved_away_keeps_its_files(mlproj: "Program", project: "Write", environment: Path) -> None:
    mlproj("run", str(project(TRIVIAL)))
    run = mlproj.only_run()
    with closing(open_sqlite(environment / "mlproj-home" / "mlproj.db")) as store:
        store.move_run(run["run_id"], store.create_experiment("elsewhere"))
    mlproj("experiments", "delete", "x")
    assert [item["kind"] for item in mlproj("gc", "--json").json["items"]] == ["experiment"]
    assert mlproj("runs", "logs", run["run_id"]).out == "hi\n"


def test_files_of_dead_jobs_go_when_they_are_old(mlproj: "Program", environment: Path) -> None:
    jobs = environment / "mlproj-cache" / "jobs"
    for name, age in (("old", 7200), ("new", 0), ("building", 7200), ("abandoned", 7200)):
        (jobs / name).mkdir(parents=True)
        if name == "building":
            record_supervisor(jobs / name)
        elif name == "abandoned":
            gone = {**asdict(this_process()), "pid": 2**22 + 1}
            (jobs / name / "supervisor.json").write_text(json.dumps(gone))
        status = (jobs / name).stat()
        os.utime(jobs / name, (status.st_atime, status.st_mtime - age))
    assert [item["name"] for item in mlproj("gc", "--json").json["items"]] == ["abandoned", "old"]
    assert sorted(path.name for path in jobs.iterdir()) == ["building", "new"]


def test_mirrors_go_that_were_not_used_for_a_month(mlproj: "Program", environment: Path) -> None:
    for name, days in (("old", 31), ("new", 29)):
        mirror = environment / "mlproj-cache" / "git" / name
        mirror.mkdir(parents=True)
        (mirror / "HEAD").write_text("ref: refs/heads/main\n")
        os.utime(mirror / "HEAD", (time.time() - days * 86400,) * 2)
    for words in (("--dry-run",), ()):
        assert [(item["kind"], item["name"]) for item in mlproj("gc", "--json", *words).json["items"]] == [
            ("mirror", "old")
        ]
    assert [path.name for path in (environment / "mlproj-cache" / "git").iterdir()] == ["new"]


WAITING = """
    name: x
    entry_points:
      main:
        parameters: {here: string}
        command: "echo $$ > {here}; while [ -e {here} ]; do sleep 0.05; done; cat MLproject > /dev/null && echo whole"
"""


def wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


@pytest.fixture
def waiting_run(mlproj: "Program", project: "Write", tmp_path: Path, environment: Path) -> Iterator[tuple[str, Path]]:
    """A detached run of a checkout that goes on until a file is removed: its id, and the file."""
    folder = project(WAITING)
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
    here = tmp_path / "here"
    done = mlproj("run", "--detach", "--version", "main", str(folder), "-P", f"here={here}")
    assert done.code == 0, done.err
    wait_until(here.exists)
    yield done.out.strip(), here
    here.unlink(missing_ok=True)
    wait_until(lambda: not list((environment / "mlproj-cache" / "jobs").iterdir()))


def test_the_checkout_of_a_detached_run_stays_while_it_runs(
    mlproj: "Program", waiting_run: tuple[str, Path], environment: Path
) -> None:
    run_id, here = waiting_run
    (checkout,) = (environment / "mlproj-cache" / "checkouts").iterdir()
    for path in (*checkout.rglob("*"), checkout):
        os.utime(path, (5, 5))
    manifest = json.loads((checkout / "manifest.json").read_text())
    (checkout / "manifest.json").write_text(json.dumps({**manifest, "created": 5}))
    assert mlproj("gc", "--json").json["items"] == []
    here.unlink()
    assert mlproj("runs", "wait", run_id).code == 0
    assert mlproj("runs", "logs", run_id).out == "whole\n"


def test_a_run_that_goes_on_is_neither_deleted_nor_removed(
    mlproj: "Program", waiting_run: tuple[str, Path], environment: Path
) -> None:
    run_id, here = waiting_run
    refused = mlproj("runs", "delete", run_id)
    assert refused.code == 2
    assert refused.err == f"mlproj: error: run {run_id} is running (end it first: mlproj runs cancel {run_id[:8]})\n"
    with closing(open_sqlite(environment / "mlproj-home" / "mlproj.db")) as store:
        store.delete_run(run_id)  # as a client of the server may
        store.delete_experiment(store.get_run(run_id).experiment_id)
    assert mlproj("gc", "--json").json["items"] == []
    here.unlink()
    wait_until(lambda: bool(mlproj("gc", "--dry-run", "--json").json["items"]))
    assert {item["kind"] for item in mlproj("gc", "--json").json["items"]} >= {"run", "experiment"}


def test_mistakes(mlproj: "Program") -> None:
    assert "--older-than" in mlproj("gc", "--older-than", "soon").err
    assert mlproj("gc", "--older-than", "soon").code == 2
