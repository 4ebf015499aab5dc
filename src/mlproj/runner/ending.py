"""Write 3: how a run ended. The exit code's tag comes last: a run is complete when that is set."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from mlproj.errors import InvalidValueError, MlprojError, Terminated, TrackingError
from mlproj.record.document import to_json
from mlproj.runner import tags
from mlproj.runner.files import RECORD
from mlproj.runner.interrupts import CancelledEarlyError
from mlproj.runner.live import LiveRun
from mlproj.runner.past.reuse_tags import key_tags
from mlproj.runner.recording.keeping_results import last_metrics, missing_metrics
from mlproj.runner.supervising import Ended, EndReason
from mlproj.runner.values import Outcome
from mlproj.system.clock import now_ms
from mlproj.tracking.entities import LifecycleStage, RunStatus

FROM_OUTSIDE = frozenset({EndReason.INTERRUPTED, EndReason.TERMINATED, EndReason.HANGUP, EndReason.CANCELLED})


def complete(live: LiveRun, ended: Ended) -> Outcome:
    """The command ended. A script that said FAILED and exited 0 stays FAILED; any other exit code is FAILED."""
    live.run = live.store.get_run(live.run_id)  # its code may have moved it to another experiment
    status = _status(live.run.status, ended.reason)
    exit_code = ended.exit_code or int(status is not RunStatus.FINISHED)
    _finish(live, status, exit_code, ended.reason, command_exit_code=ended.exit_code)
    return _outcome(live, status, exit_code, ended.reason, failed_in="command" if exit_code else None)


def fail(live: LiveRun, error: BaseException) -> Outcome:
    """Something else than the command failed."""
    status, exit_code, reason = judge(error)
    failed_in = "tracking" if isinstance(error, TrackingError) else live.progress.phase
    try:
        marks = {tags.FAILED_IN: failed_in, tags.ERROR: str(error)}
        _finish(live, status, exit_code, reason, command_exit_code=live.command_exit_code, marks=marks)
    except MlprojError as second:
        live.reporter.note(f"the end of run {live.run_id} could not be recorded: {second}")
    outcome = _outcome(live, status, exit_code, reason, failed_in=failed_in)
    if isinstance(error, MlprojError):
        return replace(outcome, error=error)
    return replace(outcome, interrupt=error)


def judge(error: BaseException) -> tuple[RunStatus, int, EndReason]:
    """What an exception makes of a run: status, exit code, end reason."""
    match error:
        case KeyboardInterrupt():
            return RunStatus.KILLED, 130, EndReason.INTERRUPTED
        case Terminated():
            return RunStatus.KILLED, error.exit_code, EndReason.TERMINATED
        case CancelledEarlyError():
            return RunStatus.KILLED, error.exit_code, EndReason.CANCELLED
        case MlprojError():
            return RunStatus.FAILED, error.exit_code, EndReason.FAILED
        case _:
            return RunStatus.FAILED, 70, EndReason.FAILED


def _status(said: RunStatus, reason: EndReason) -> RunStatus:
    if reason is EndReason.FINISHED:
        return said if said.is_final else RunStatus.FINISHED
    return RunStatus.KILLED if reason in FROM_OUTSIDE else RunStatus.FAILED


def _finish(
    live: LiveRun,
    status: RunStatus,
    exit_code: int,
    reason: EndReason,
    *,
    command_exit_code: int | None = None,
    marks: dict[str, str] | None = None,
) -> None:
    digest = _keep_record(live, command_exit_code, reason)

    def write() -> None:
        live.store.update_run(live.run_id, status=status, end_time=now_ms())
        live.store.set_tags(live.run_id, {**(marks or {}), **digest, tags.END_REASON: str(reason)})
        live.store.set_tags(live.run_id, {tags.EXIT_CODE: str(exit_code)})

    try:
        write()
    except InvalidValueError:
        if live.store.get_run(live.run_id).lifecycle_stage is not LifecycleStage.DELETED:
            raise
        _restored(live, write)


def _restored(live: LiveRun, write: Callable[[], None]) -> None:
    """Somebody deleted the run while it went on: no store writes to it, so it is there for as long as that takes."""
    live.store.restore_run(live.run_id)
    try:
        write()
    finally:
        live.store.delete_run(live.run_id)


def _keep_record(live: LiveRun, exit_code: int | None, reason: EndReason) -> dict[str, str]:
    """Write the record and send what is not sent yet; how the run ended is recorded even if that fails.

    Gives the tags with the record's hash, and by which the run can be reused.
    """
    if live.files is None:
        return {}
    live.progress.metrics = last_metrics(live)
    if exit_code == 0 and (missing := sorted(missing_metrics(live))):
        live.reporter.note(f"declared metrics were not logged: {', '.join(missing)}")
    try:
        record = live.progress.record(exit_code=exit_code, end_reason=str(reason))
        text = to_json(record)
        live.files.write(RECORD, text)
        live.files.upload()
        live.files_complete = True
    except MlprojError as error:
        live.reporter.note(f"the run's files are not complete: {error}")
        return {}
    found = key_tags(live.prepared, record) if reason is EndReason.FINISHED and exit_code == 0 else {}
    return {tags.RECORD: hashlib.sha256(text.encode()).hexdigest(), **found}


def _outcome(
    live: LiveRun,
    status: RunStatus,
    exit_code: int,
    reason: EndReason,
    *,
    failed_in: str | None,
) -> Outcome:
    return Outcome(
        run_id=live.run_id,
        experiment_id=live.run.experiment_id,
        status=str(status),
        exit_code=exit_code,
        end_reason=str(reason),
        failed_in=failed_in,
    )
