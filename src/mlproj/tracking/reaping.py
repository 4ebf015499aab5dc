"""Ending runs that nobody looks after any more; every command that reads runs calls this."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from mlproj.errors import TrackingError
from mlproj.system.identity import hostname, is_alive, is_here
from mlproj.tracking.base import Store
from mlproj.tracking.entities import LifecycleStage, Run, RunStatus
from mlproj.tracking.liveness import END_REASON_TAG, EXIT_CODE_TAG, LOST, Supervisor, is_lost

OF_LOST = {END_REASON_TAG: LOST, EXIT_CODE_TAG: "137"}
"""A run is complete when it has an exit code: that of a killed process, since nobody is left to ask for another."""


def reap(store: Store, runs: Iterable[Run], *, now_ms: int) -> tuple[Run, ...]:
    """The runs as they are: lost ones are marked FAILED in the store, and given as such."""
    return tuple(_end(store, run, now_ms) if _is_lost(run, now_ms) else run for run in runs)


def goes_on(run: Run, *, now_ms: int) -> bool:
    """Whether a run is running and mlproj looks after it, be it deleted or not."""
    supervised = run.status is RunStatus.RUNNING and Supervisor.from_tags(run.tags) is not None
    return supervised and not _is_alone(run, now_ms)


def _is_lost(run: Run, now_ms: int) -> bool:
    return run.lifecycle_stage is LifecycleStage.ACTIVE and _is_alone(run, now_ms)


def _is_alone(run: Run, now_ms: int) -> bool:
    return is_lost(run, now_ms=now_ms, host=hostname(), here=is_here, alive=is_alive)


def _end(store: Store, run: Run, now_ms: int) -> Run:
    """Mark one run, unless its supervisor ended it while we looked. A store that cannot be written still reads true."""
    fresh = store.get_run(run.run_id)
    if not _is_lost(fresh, now_ms):
        return fresh
    supervisor = Supervisor.from_tags(fresh.tags)
    end_time = (supervisor.heartbeat if supervisor else 0) or now_ms
    with suppress(TrackingError):
        store.update_run(run.run_id, status=RunStatus.FAILED, end_time=end_time)
        store.set_tags(run.run_id, OF_LOST)
    return replace(fresh, status=RunStatus.FAILED, end_time=end_time, tags={**fresh.tags, **OF_LOST})
