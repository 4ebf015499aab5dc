"""Runs of other processes: wait for them, read their output as it grows, end them."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from mlproj.backends.local import request_end
from mlproj.config import process_environment
from mlproj.errors import BackendError, InvalidValueError, MlprojError, NotFoundError
from mlproj.runner import tags
from mlproj.runner.files import FOLDER, OUTPUT
from mlproj.system.clock import now_ms
from mlproj.system.identity import is_here
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import LifecycleStage, Run
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.reaping import goes_on, reap

POLL = 0.2
CHUNK = 1 << 16


def look(store: Store, run_id: str) -> Run:
    """The run as it is now; one whose supervisor is gone is ended first."""
    before = store.get_run(run_id)
    run = reap(store, (before,), now_ms=now_ms())[0]
    if run.status is not before.status and '"container"' in run.tags.get(tags.JOB, ""):
        end_lost_containers(process_environment())
    return run


def end_lost_containers(environ: Mapping[str, str]) -> int:
    """End containers that nobody looks after any more; their number. An engine that does not answer has none."""
    from mlproj.backends.lost_containers import end_lost
    from mlproj.system.container_engine import connected

    with suppress(MlprojError), connected(environ) as client:
        return len(end_lost(client))
    return 0


def is_over(run: Run) -> bool:
    """Whether nothing more will come: ours are complete with their exit code, others with their status."""
    if tags.EXIT_CODE in run.tags or (run.status.is_final and Supervisor.from_tags(run.tags) is None):
        return True
    # The end of a lost run that is deleted is not recorded any more.
    return run.lifecycle_stage is LifecycleStage.DELETED and not goes_on(run, now_ms=now_ms())


def wait(store: Store, run_id: str) -> Run:
    """Wait until the run is over."""
    while not is_over(run := look(store, run_id)):
        time.sleep(POLL)
    return run


def exit_code_of(run: Run) -> int:
    """What a command that waits for a run ends with: the run's own exit code, else 0 or 1 by its status."""
    code = run.tags.get(tags.EXIT_CODE, "")
    return int(code) if code.isdecimal() else int(run.status != "FINISHED")


def output(store: Store, run_id: str, *, follow: bool) -> Iterator[bytes]:
    """The kept output of a run; with `follow` also what comes until it is over."""
    artifacts = store.artifacts(run_id)
    offset = 0
    over = False
    while True:
        last = over or not follow
        for chunk in _read_from(artifacts, offset):
            offset += len(chunk)
            yield chunk
        if last:
            return
        over = is_over(look(store, run_id))
        if not over:
            time.sleep(POLL)


def cancel(store: Store, run_id: str) -> Run:
    """Ask the run's supervisor to end it; the run as it was when we asked.

    Raises InvalidValueError if it is over or nobody of ours supervises it.
    """
    run = look(store, run_id)
    supervisor = Supervisor.from_tags(run.tags)
    if run.status.is_final:
        raise InvalidValueError(f"run {run_id} is over: {run.status}")
    if supervisor is None:
        raise InvalidValueError(f"run {run_id} was not started by mlproj, so it cannot be ended from here")
    if is_here(supervisor.identity):
        try:
            request_end(Path(json.loads(run.tags[tags.JOB])["directory"]))
        except (KeyError, ValueError, OSError) as error:
            raise BackendError(f"the job of run {run_id} cannot be found", hint="try again in a moment") from error
    else:
        store.set_tags(run_id, {tags.CANCEL: "requested"})
    return run


def _read_from(artifacts: Artifacts, offset: int) -> Iterator[bytes]:
    try:
        with artifacts.open(f"{FOLDER}/{OUTPUT}") as file:
            _skip(file.read, offset)
            while chunk := file.read(CHUNK):
                yield chunk
    except NotFoundError:  # nothing was printed yet
        return


def _skip(read: Callable[[int], bytes], count: int) -> None:
    while count > 0 and (chunk := read(min(count, CHUNK))):
        count -= len(chunk)
