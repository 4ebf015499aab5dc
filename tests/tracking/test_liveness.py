"""Which runs are lost, and what becomes of them."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.system.identity import ProcessIdentity, start_of, this_process
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.entities import Run, RunStatus
from mlproj.tracking.liveness import HEARTBEAT_TAG, STALE_AFTER_MS, SUPERVISOR_TAG, Supervisor, is_lost
from mlproj.tracking.reaping import reap

HERE = ProcessIdentity(host="here", boot="b1", pid=7, started="100")


def run_of(supervisor: Supervisor | None, status: RunStatus = RunStatus.RUNNING) -> Run:
    return Run(
        run_id="r",
        run_name="n",
        experiment_id="0",
        user_id="",
        status=status,
        start_time=1_000,
        artifact_uri="",
        tags=supervisor.to_tags() if supervisor else {},
    )


@given(host=st.text(), boot=st.text(), pid=st.integers(), started=st.text(), heartbeat=st.integers(0, 2**60))
def test_supervisors_come_back_from_their_tags(host: str, boot: str, pid: int, started: str, heartbeat: int) -> None:
    identity = ProcessIdentity(host=host, boot=boot, pid=pid, started=started)
    supervisor = Supervisor(identity=identity, heartbeat=heartbeat)
    assert Supervisor.from_tags(supervisor.to_tags()) == supervisor


@given(text=st.one_of(st.text(), st.just('{"host": 1, "boot": 2, "pid": 1e999, "started": 3}')), beat=st.text())
def test_tags_that_cannot_be_read_name_nobody(text: str, beat: str) -> None:
    assert Supervisor.from_tags({SUPERVISOR_TAG: text, HEARTBEAT_TAG: beat}) is None


@pytest.mark.parametrize(
    ("identity", "age", "alive", "lost"),
    [
        (HERE, 10**9, True, False),
        (HERE, 0, False, True),
        (replace(HERE, boot="b0"), 0, True, True),
        (replace(HERE, host="there", boot="b9"), STALE_AFTER_MS, False, False),
        (replace(HERE, host="there", boot="b9"), STALE_AFTER_MS + 1, True, True),
    ],
)
def test_the_rule(identity: ProcessIdentity, age: int, *, alive: bool, lost: bool) -> None:
    supervisor = Supervisor(identity=identity, heartbeat=5_000)
    for status in RunStatus:
        found = is_lost(
            run_of(supervisor, status),
            now_ms=5_000 + age,
            host="here",
            here=lambda process: (process.host, process.boot) == ("here", "b1"),
            alive=lambda _: alive,
        )
        assert found == (lost and status is RunStatus.RUNNING)


def test_without_a_heartbeat_the_start_counts() -> None:
    identity = replace(HERE, host="there")
    run = replace(run_of(Supervisor(identity=identity, heartbeat=0)), start_time=1_000)
    for now, lost in ((1_000 + STALE_AFTER_MS, False), (1_001 + STALE_AFTER_MS, True)):
        assert is_lost(run, now_ms=now, host="here", here=lambda _: False, alive=lambda _: False) == lost


def test_runs_of_others_are_not_ours_to_judge() -> None:
    assert not is_lost(run_of(None), now_ms=10**15, host="here", here=lambda _: True, alive=lambda _: False)


def now() -> int:
    return time.time_ns() // 1_000_000


def dead_process() -> ProcessIdentity:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = start_of(child.pid) or ""
    return replace(this_process(), pid=child.pid, started=started)


def test_lost_runs_are_ended_and_living_ones_left_alone(store: Store) -> None:
    def create(identity: ProcessIdentity | None) -> Run:
        tags = Supervisor(identity=identity, heartbeat=5_000).to_tags() if identity else {}
        return store.create_run("0", start_time=1_000, tags=tags)

    lost, alive, foreign = create(dead_process()), create(this_process()), create(None)
    found = reap(store, (lost, alive, foreign), now_ms=now())
    assert found[0].status is RunStatus.FAILED
    assert found[0].end_time == 5_000
    assert found[0].tags["mlproj.end_reason"] == "lost"
    assert found[1:] == (alive, foreign)
    assert store.get_run(lost.run_id) == found[0]
    assert reap(store, found, now_ms=now()) == found


def test_a_run_that_ended_while_we_looked_is_given_as_it_is(sqlite_store: LocalStore) -> None:
    tags = Supervisor(identity=dead_process(), heartbeat=0).to_tags()
    stale = sqlite_store.create_run("0", start_time=1_000, tags=tags)
    sqlite_store.update_run(stale.run_id, status=RunStatus.FINISHED, end_time=2_000)
    (found,) = reap(sqlite_store, (stale,), now_ms=now())
    assert found.status is RunStatus.FINISHED
    assert "mlproj.end_reason" not in sqlite_store.get_run(stale.run_id).tags


def test_deleted_runs_are_left_alone(sqlite_store: LocalStore) -> None:
    tags = Supervisor(identity=dead_process(), heartbeat=0).to_tags()
    run = sqlite_store.create_run("0", start_time=1_000, tags=tags)
    sqlite_store.delete_run(run.run_id)
    deleted = sqlite_store.get_run(run.run_id)
    assert reap(sqlite_store, (deleted,), now_ms=now()) == (deleted,)
