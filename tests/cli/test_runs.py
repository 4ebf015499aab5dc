"""`mlproj runs`: list, show, compare, follow, end, delete."""

import csv
import io
import os
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.config import load_settings
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.opening import open_store

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


PROJECT = """
    name: steps
    entry_points:
      main:
        parameters:
          alpha: {type: float, default: 0.5}
        command: "echo alpha {alpha}"
      slow:
        parameters: {gate: string}
        command: "echo before; until test -e {gate}; do sleep 0.05; done; echo after; exit 5"
      stubborn:
        command: "echo up; sleep 60"
"""


@pytest.fixture
def folder(project: "Write") -> Path:
    return project(PROJECT)


def test_an_empty_store_says_so(mlproj: "Program") -> None:
    done = mlproj("runs", "list")
    assert (done.code, done.out) == (0, "")
    assert "no runs" in done.err


def test_runs_are_listed_newest_first_of_all_experiments(mlproj: "Program", folder: Path) -> None:
    for alpha, experiment in (("1", "a"), ("2", "b"), ("3", "a")):
        mlproj("run", str(folder), "-P", f"alpha={alpha}", "--experiment-name", experiment, "--run-name", f"n {alpha}")
    runs = mlproj("runs", "list", "--json").json
    assert [run["params"]["alpha"] for run in runs] == ["3", "2", "1"]
    assert [run["params"]["alpha"] for run in mlproj("runs", "list", "--experiment", "a", "--json").json] == ["3", "1"]
    found = mlproj("runs", "list", "--filter", "params.alpha = '2'", "--json").json
    assert [run["run_name"] for run in found] == ["n 2"]
    ordered = mlproj("runs", "list", "--order-by", "params.alpha ASC", "--limit", "2", "--json").json
    assert [run["params"]["alpha"] for run in ordered] == ["1", "2"]
    table = mlproj("runs", "list").out.splitlines()
    assert table[0].split() == ["RUN", "NAME", "ENTRY", "STATUS", "STARTED", "TOOK", "METRICS"]
    assert "n 3" in table[1]


def test_csv_holds_all_params_and_tags(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder), "--tag", 'ugly=a,"b"\n🚀')
    rows = list(csv.DictReader(io.StringIO(mlproj("runs", "list", "--csv").out)))
    assert rows[0]["params.alpha"] == "0.5"
    assert rows[0]["tags.ugly"] == 'a,"b"\n🚀'


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--experiment", "none"],
        ["list", "--filter", "metrics.x >"],
        ["list", "--limit", "0"],
        ["show", "abcdef"],
        ["show", ""],
        ["logs", "abcdef"],
        ["wait", "abcdef"],
        ["attach", "abcdef"],
        ["cancel", "abcdef"],
        ["delete", "abcdef"],
        ["restore", "abcdef"],
        ["compare", "abcdef"],
        ["compare", "abcdef", "012345"],
        ["shwo"],
    ],
)
def test_mistakes_are_one_line(mlproj: "Program", words: list[str]) -> None:
    done = mlproj("runs", *words)
    assert done.code == 2
    assert done.err.startswith("mlproj: error: ")
    assert len(done.err.strip().splitlines()) == 1


def test_what_a_run_was_given_is_shown_on_one_line(mlproj: "Program", folder: Path) -> None:
    ugly = "a\nb\tc\x1b[31m ü 😀\u2028"
    mlproj("run", str(folder), "--tag", f"mine={ugly}", "-P", f"note={ugly}", "--run-name", ugly)
    shown = mlproj("runs", "show", mlproj.only_run()["run_id"]).out
    expected = r"a\nb\tc\x1b[31m ü 😀\u2028"
    for line in (f"  note = {expected}", f"  mine = {expected}", f"name:        {expected}"):
        assert line in shown.split("\n")


def test_a_run_is_shown_by_an_abbreviated_id(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder), "--tag", "mine=x", "-P", "alpha=2")
    run_id = mlproj.only_run()["run_id"]
    shown = mlproj("runs", "show", run_id[:6])
    assert run_id in shown.out
    assert "alpha = 2" in shown.out
    assert "mine = x" in shown.out
    assert mlproj("runs", "show", run_id[:6], "--json").json["run_id"] == run_id


def test_runs_side_by_side(mlproj: "Program", folder: Path) -> None:
    for alpha in ("1", "2"):
        mlproj("run", str(folder), "-P", f"alpha={alpha}")
    ids = [run["run_id"] for run in mlproj("runs", "list", "--json").json]
    compared = mlproj("runs", "compare", *ids)
    assert "* params.alpha" in compared.out
    assert "status" not in compared.out
    assert "status" in mlproj("runs", "compare", *ids, "--all").out
    rows = {row["key"]: row for row in mlproj("runs", "compare", *ids, "--json").json["rows"]}
    assert rows["params.alpha"] == {"key": "params.alpha", "values": ["2", "1"], "differs": True}


def test_a_detached_run_can_be_followed_and_waited_for(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run_id = mlproj("run", str(folder), "-e", "slow", "-P", f"gate={gate}", "-d").out.strip()
    assert mlproj("runs", "show", run_id, "--json").json["status"] == "RUNNING"
    with mlproj.start("runs", "logs", "-f", run_id) as logs, mlproj.start("runs", "attach", run_id) as attached:
        assert logs.stdout is not None
        assert logs.stdout.readline() == "before\n"
        gate.touch()
        assert mlproj("runs", "wait", run_id).code == 5
        assert logs.communicate()[0] == "after\n"
        assert attached.communicate()[0] == "before\nafter\n"
    assert (logs.returncode, attached.returncode) == (0, 5)
    assert mlproj("runs", "logs", run_id).out == "before\nafter\n"
    assert mlproj("runs", "wait", run_id, "--json").json == [{"run_id": run_id, "status": "FAILED", "exit_code": 5}]


def test_a_detached_run_with_a_mistake_is_told_at_once(mlproj: "Program", folder: Path) -> None:
    done = mlproj("run", str(folder), "-d", "--experiment-id", "99")
    assert done.code == 2
    assert "99" in done.err
    done = mlproj("run", str(folder), "-d", "--json")
    assert set(done.json) == {"run_id", "experiment_id"}
    assert mlproj("runs", "wait", done.json["run_id"]).code == 0


def test_detaching_from_an_attached_run_leaves_it_going(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run_id = mlproj("run", str(folder), "-e", "slow", "-P", f"gate={gate}", "-d").out.strip()
    with mlproj.start("runs", "attach", run_id) as attached:
        assert attached.stdout is not None
        assert attached.stdout.readline() == "before\n"
        attached.send_signal(signal.SIGINT)
        assert "goes on" in attached.communicate()[1]
    assert attached.returncode == 130
    gate.touch()
    assert mlproj("runs", "wait", run_id).code == 5


def test_a_run_is_cancelled_from_another_process(mlproj: "Program", folder: Path) -> None:
    run_id = mlproj("run", str(folder), "-e", "stubborn", "-d").out.strip()
    done = mlproj("runs", "cancel", run_id[:8])
    assert done.code == 0
    run = mlproj.only_run()
    assert (run["status"], run["tags"]["mlproj.end_reason"]) == ("KILLED", "cancelled")
    again = mlproj("runs", "cancel", run_id)
    assert again.code == 2
    assert "is over" in again.err


def test_asking_to_cancel_without_waiting(mlproj: "Program", folder: Path) -> None:
    run_id = mlproj("run", str(folder), "-e", "stubborn", "-d").out.strip()
    assert mlproj("runs", "cancel", "--no-wait", run_id).code == 0
    for _ in range(600):
        if mlproj("runs", "show", run_id, "--json").json["status"] == "KILLED":
            return
        time.sleep(0.05)
    raise AssertionError("never cancelled")


def test_a_run_that_is_named_twice_is_deleted_once(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder))
    run_id = mlproj.only_run()["run_id"]
    done = mlproj("runs", "delete", run_id, run_id[:10], run_id)
    assert (done.code, done.err) == (0, f"mlproj: run {run_id} deleted\n")


def test_deleted_runs_are_hidden_until_restored(mlproj: "Program", folder: Path) -> None:
    mlproj("run", str(folder))
    run_id = mlproj.only_run()["run_id"]
    mlproj("runs", "delete", run_id[:8])
    assert mlproj.no_runs()
    mlproj("runs", "restore", run_id[:8])
    assert mlproj.only_run()["run_id"] == run_id


def test_waiting_for_a_deleted_run_ends_when_nobody_looks_after_it(mlproj: "Program", folder: Path) -> None:
    run_id = mlproj("run", str(folder), "-e", "stubborn", "-d").out.strip()
    refused = mlproj("runs", "delete", run_id)
    assert refused.code == 2
    with closing(open_store(None, settings=load_settings())) as store:
        store.delete_run(run_id)
        supervisor = Supervisor.from_tags(store.get_run(run_id).tags)
    assert supervisor is not None
    os.kill(supervisor.identity.pid, signal.SIGKILL)
    assert mlproj("runs", "wait", run_id).code == 1
