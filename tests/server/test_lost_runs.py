"""A server ends the runs of its machine whose supervisors are gone."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlproj.errors import TrackingError
from mlproj.server.lost_runs import end_lost_runs, ending_lost_runs
from mlproj.system.identity import this_process
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import RunStatus
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.opening import open_sqlite


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[LocalStore]:
    with closing(open_sqlite(tmp_path / "mlproj.db")) as store:
        yield store


def make_run(store: LocalStore, supervisor: Supervisor | None, experiment_id: str = "0") -> str:
    tags = {} if supervisor is None else supervisor.to_tags()
    return store.create_run(experiment_id, start_time=1, tags=tags).run_id


def supervisors() -> dict[str, Supervisor | None]:
    here = Supervisor(identity=this_process(), heartbeat=5)
    return {
        "alive": here,
        "lost": replace(here, identity=replace(here.identity, started="never")),
        "elsewhere": replace(here, identity=replace(here.identity, host="another", started="never")),
        "foreign": None,
    }


def test_only_what_is_lost_and_ours_is_ended(own_store: LocalStore) -> None:
    other = own_store.create_experiment("other")
    runs = {name: make_run(own_store, supervisor, other) for name, supervisor in supervisors().items()}
    end_lost_runs(own_store)
    found = {name: own_store.get_run(run_id).status for name, run_id in runs.items()}
    running = RunStatus.RUNNING
    assert found == {"alive": running, "lost": RunStatus.FAILED, "elsewhere": running, "foreign": running}


def test_many_runs(own_store: LocalStore) -> None:
    with own_store.transaction():
        runs = [make_run(own_store, supervisors()["lost"]) for _ in range(1001)]
    end_lost_runs(own_store)
    assert {own_store.get_run(run_id).status for run_id in runs} == {RunStatus.FAILED}


def test_while_a_server_goes_on(own_store: LocalStore) -> None:
    run_id = make_run(own_store, supervisors()["lost"])
    errors: list[BaseException] = []
    with ending_lost_runs(own_store, errors.append):
        while own_store.get_run(run_id).status is RunStatus.RUNNING:
            time.sleep(0.01)
    assert errors == []


def test_a_store_that_fails_is_told_of(own_store: LocalStore) -> None:
    errors: list[BaseException] = []
    own_store.close()
    with ending_lost_runs(own_store, errors.append):
        while not errors:
            time.sleep(0.01)
    assert isinstance(errors[0], TrackingError)
