"""Ending the runs of this machine that nobody looks after any more, while a server goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from mlproj.errors import MlprojError
from mlproj.system.clock import now_ms
from mlproj.system.identity import hostname
from mlproj.tracking.liveness import SUPERVISOR_TAG, Supervisor
from mlproj.tracking.reaping import reap

if TYPE_CHECKING:
    from mlproj.tracking.base import LocalStore
    from mlproj.tracking.entities import Run

FIRST, EVERY = 1.0, 30.0
SUPERVISED = f"attributes.status = 'RUNNING' AND tags.`{SUPERVISOR_TAG}` LIKE '%'"


@contextmanager
def ending_lost_runs(store: "LocalStore", on_error: Callable[[BaseException], None]) -> Iterator[None]:
    """Look soon, so that the start takes no longer, and then every half minute."""
    stopped = Event()

    def look() -> None:
        pause = FIRST
        while not stopped.wait(pause):
            try:
                end_lost_runs(store)
            except MlprojError as error:
                on_error(error)
            pause = EVERY

    thread = Thread(target=look, name="mlproj-lost-runs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def end_lost_runs(store: "LocalStore") -> None:
    """Mark the lost runs of this machine as failed. Those of others are for them, or for who reads them, to judge."""
    lost = [run for run in _supervised(store) if _is_ours(run)]
    reap(store, lost, now_ms=now_ms())


def _is_ours(run: "Run") -> bool:
    supervisor = Supervisor.from_tags(run.tags)
    return supervisor is not None and supervisor.identity.host == hostname()


def _supervised(store: "LocalStore") -> "Iterator[Run]":
    for experiment_ids in _experiments(store):
        token: str | None = None
        while True:
            found = store.search_runs(experiment_ids, filter_string=SUPERVISED, page_token=token)
            yield from found.items
            if (token := found.next_page_token) is None:
                break


def _experiments(store: "LocalStore") -> Iterator[list[str]]:
    token: str | None = None
    while True:
        found = store.search_experiments(page_token=token)
        yield [experiment.experiment_id for experiment in found.items]
        if (token := found.next_page_token) is None:
            return
