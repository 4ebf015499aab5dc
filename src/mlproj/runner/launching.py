"""One run from prepared request to recorded end."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from mlproj.backends.base import Job, JobHandle
from mlproj.backends.local import is_end_requested, request_end
from mlproj.backends.registry import load_backend
from mlproj.envs.building import ensure
from mlproj.envs.locking import lock
from mlproj.errors import MlprojError, TrackingError
from mlproj.project.rendering import render
from mlproj.record.document import to_json
from mlproj.runner import tags
from mlproj.runner.child_environment import child_environment
from mlproj.runner.experiments import choose_experiment, find_parent
from mlproj.runner.files import RECORD, RunFiles
from mlproj.runner.heartbeat import beating
from mlproj.runner.inputs import fetch_remote_paths
from mlproj.runner.interrupts import CancelledEarlyError, Terminated, termination_raised
from mlproj.runner.output import OutputLog
from mlproj.runner.params import loggable_params
from mlproj.runner.progress import RunProgress
from mlproj.runner.supervising import Ended, EndReason, supervise
from mlproj.runner.tracking_access import TrackingAccess
from mlproj.runner.values import Outcome, Prepared, Reporter
from mlproj.source.checkouts import release
from mlproj.system.files import make_directory, remove_tree
from mlproj.system.identity import this_process
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Run, RunStatus
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.opening import open_store

LOCK_FILES = {"requirements": "requirements.lock", "pylock": "pylock.toml", "pixi": "pixi.lock"}


def launch(prepared: Prepared, *, reporter: Reporter, on_created: Callable[[Run], None] = lambda _: None) -> Outcome:
    """Create the run, carry it out, record how it ended, release the checkout.

    Raises what stopped it before there was a run. Once there is one, an error of ours comes back in the outcome;
    an interrupt or a bug is raised after the run was ended.
    """
    try:
        with (
            closing(open_store(prepared.settings.tracking_uri, settings=prepared.settings)) as store,
            termination_raised(),
        ):
            for text in store.notes:
                reporter.note(text)
            directory = make_directory(prepared.settings.cache_dir / "jobs" / uuid4().hex)
            try:
                run = create(prepared, store, directory)
                on_created(run)
                return Launch(prepared, store, run, directory, reporter).outcome()
            finally:
                remove_tree(directory)
    finally:
        report_leftovers(prepared, reporter)


def create(prepared: Prepared, store: Store, directory: Path) -> Run:
    """Write 1: the run with its tags; or the run that `run_id` names, set running again."""
    request, settings = prepared.request, prepared.settings
    created = tags.created_tags(prepared, parent=find_parent(store, settings.environ) if not request.run_id else None)
    created |= Supervisor(identity=this_process(), heartbeat=now()).to_tags()
    created |= {tags.JOB: json.dumps({"backend": request.backend, "directory": str(directory)})}
    if request.run_id:
        run = store.update_run(request.run_id, status=RunStatus.RUNNING, run_name=request.run_name)
        store.set_tags(run.run_id, created)
    else:
        run = store.create_run(
            choose_experiment(store, settings=settings, project_name=prepared.project.name),
            start_time=now(),
            run_name=request.run_name or "",
            user_id=created["mlflow.user"],
            tags=created,
        )
    return run


class Launch:
    """Carries out one run. What it turns out to be is collected in `progress`."""

    def __init__(self, prepared: Prepared, store: Store, run: Run, directory: Path, reporter: Reporter) -> None:
        self._prepared = prepared
        self._settings = prepared.settings
        self._store = store
        self._run = run
        self._reporter = reporter
        self._progress = RunProgress(prepared, run.run_id)
        self._directory = directory
        self._files: RunFiles | None = None

    def outcome(self) -> Outcome:
        """Carry the run out and end it, whatever happens."""
        try:
            return self._complete(self._carry_out())
        except BaseException as error:
            outcome = self._fail(error)
            if not isinstance(error, MlprojError):
                raise
            return outcome

    def _carry_out(self) -> Ended:
        files = self._files = RunFiles(self._store.artifacts(self._run.run_id), spool=self._directory / "spool")
        with beating(self._beat, files.upload):
            return self._run_phases(files)

    def _run_phases(self, files: RunFiles) -> Ended:
        self._log_params()
        with self._progress.during("environment"):
            self._ensure_environment(files)
        self._stop_if_cancelled()
        with self._progress.during("inputs"):
            place = dict(self._prepared.place)
            place |= fetch_remote_paths(
                self._prepared.remote, store=self._store, settings=self._settings, reporter=self._reporter
            )
        with (
            TrackingAccess(self._store, self._settings, on_note=self._reporter.note) as access,
            self._progress.during("command"),
        ):
            handle, secrets = self._submit(access.url_for(self._run.run_id), place)
            return self._supervise(handle, files, [*secrets, *access.secrets_for(self._run.run_id)])

    def _log_params(self) -> None:
        params, refused = loggable_params(self._prepared.binding.parameters)
        for name in refused:
            self._reporter.note(f"the parameter {name!r} is not recorded: a store takes no such name")
        if params:
            self._store.log_batch(self._run.run_id, params=params)

    def _ensure_environment(self, files: RunFiles) -> None:
        spec, log = self._prepared.spec, files.directory / "environment.log"
        found = lock(
            spec,
            policy=self._prepared.request.lock_policy,
            settings=self._settings,
            on_progress=self._reporter.progress,
            log=log,
        )
        if found.payload and found.format in LOCK_FILES:
            files.write(LOCK_FILES[found.format], found.payload)
        self._progress.environment = ensure(
            spec, found, settings=self._settings, on_progress=self._reporter.progress, log=log
        )

    def _submit(self, tracking_uri: str, place: dict[str, str]) -> tuple[JobHandle, list[str]]:
        self._reporter.clear()
        environment = self._progress.environment
        if environment is None:
            raise AssertionError("submitted before its environment was there")
        rendered = render(self._prepared.binding, place=place, shell=self._settings.environ.get("SHELL", "bash"))
        self._progress.command = rendered.text
        request = self._prepared.request
        backend = load_backend(request.backend)
        variables = child_environment(
            self._settings.environ,
            environment=environment,
            tracking_uri=tracking_uri,
            run_id=self._run.run_id,
            experiment_id=self._run.experiment_id,
            env_manager=request.env_manager,
            secrets=rendered.variables,
        )
        handle = backend.submit(
            Job(
                run_id=self._run.run_id,
                command=rendered.text,
                cwd=self._prepared.project.root,
                environ=variables,
                directory=self._directory,
                terminal=request.terminal,
                grace=self._settings.grace,
            )
        )
        started = tags.started_tags(backend=backend.name, environment=environment, job=handle.describe())
        self._store.set_tags(self._run.run_id, started)
        return handle, list(rendered.variables.values())

    def _supervise(self, handle: JobHandle, files: RunFiles, secrets: list[str]) -> Ended:
        request = self._prepared.request
        with OutputLog(files.directory, secrets=secrets) as log:
            return supervise(
                handle,
                log=log,
                timeout=self._prepared.binding.entry_point.timeout,
                terminal=request.terminal,
                echo=request.echo,
                to_stderr=request.to_stderr,
                on_note=self._reporter.note,
            )

    def _stop_if_cancelled(self) -> None:
        """A cancel that came while there was no job to end."""
        if is_end_requested(self._directory):
            raise CancelledEarlyError

    def _beat(self) -> None:
        self._store.set_tags(self._run.run_id, Supervisor(identity=this_process(), heartbeat=now()).to_tags())
        if tags.CANCEL in self._store.get_run(self._run.run_id).tags:
            request_end(self._directory)

    def _complete(self, ended: Ended) -> Outcome:
        """Write 3 after the command ended. A script that said FAILED and exited 0 stays FAILED."""
        self._run = self._store.get_run(self._run.run_id)  # its code may have moved it to another experiment
        current = self._run.status
        if ended.reason is EndReason.FINISHED:
            status = current if current.is_final else RunStatus.FINISHED
        else:
            killed = ended.reason in {
                EndReason.INTERRUPTED,
                EndReason.TERMINATED,
                EndReason.HANGUP,
                EndReason.CANCELLED,
            }
            status = RunStatus.KILLED if killed else RunStatus.FAILED
        exit_code = ended.exit_code or int(status is not RunStatus.FINISHED)
        self._finish(status, exit_code, ended.reason, command_exit_code=ended.exit_code)
        return self._outcome(status, exit_code, ended.reason, failed_in="command" if exit_code else None)

    def _fail(self, error: BaseException) -> Outcome:
        """Write 3 after something else than the command failed."""
        status, exit_code, reason = judge(error)
        try:
            self._finish(status, exit_code, reason, failed_in=self._progress.phase, error=str(error))
        except MlprojError as second:
            self._reporter.note(f"the end of run {self._run.run_id} could not be recorded: {second}")
        return self._outcome(
            status,
            exit_code,
            reason,
            failed_in="tracking" if isinstance(error, TrackingError) else self._progress.phase,
            error=error if isinstance(error, MlprojError) else None,
        )

    def _finish(
        self,
        status: RunStatus,
        exit_code: int,
        reason: str,
        *,
        command_exit_code: int | None = None,
        failed_in: str | None = None,
        error: str = "",
    ) -> None:
        self._keep_record(command_exit_code, reason)
        self._store.update_run(self._run.run_id, status=status, end_time=now())
        if failed_in:
            self._store.set_tags(self._run.run_id, {tags.FAILED_IN: failed_in, tags.ERROR: error})
        self._store.set_tags(self._run.run_id, {tags.END_REASON: str(reason)})
        self._store.set_tags(self._run.run_id, {tags.EXIT_CODE: str(exit_code)})

    def _keep_record(self, exit_code: int | None, reason: str) -> None:
        """Write the record and send what is not sent yet; how the run ended is recorded even if that fails."""
        if self._files is None:
            return
        try:
            self._files.write(RECORD, to_json(self._progress.record(exit_code=exit_code, end_reason=str(reason))))
            self._files.upload()
        except MlprojError as error:
            self._reporter.note(f"the run's files are not complete: {error}")

    def _outcome(
        self,
        status: RunStatus,
        exit_code: int,
        reason: str,
        *,
        failed_in: str | None,
        error: MlprojError | None = None,
    ) -> Outcome:
        return Outcome(
            run_id=self._run.run_id,
            experiment_id=self._run.experiment_id,
            status=str(status),
            exit_code=exit_code,
            end_reason=str(reason),
            failed_in=failed_in,
            error=error,
        )


def judge(error: BaseException) -> tuple[RunStatus, int, str]:
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


def report_leftovers(prepared: Prepared, reporter: Reporter) -> None:
    """Release the checkout and name what the run left in it."""
    leftovers = release(prepared.checkout, settings=prepared.settings)
    names = [*(f"new: {name}" for name in leftovers.new), *(f"changed: {name}" for name in leftovers.changed)]
    if names:
        reporter.note(f"the run's checkout is kept until `mlproj gc` removes it: {leftovers.top}")
        for name in names[:20]:
            reporter.note(f"  {name}")
        if len(names) > 20:  # noqa: PLR2004 - a screenful
            reporter.note(f"  and {len(names) - 20} more")


def now() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000
