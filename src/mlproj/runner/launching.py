"""One run from prepared request to recorded end."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from mlproj.backends.job_directory import record_supervisor
from mlproj.errors import MlprojError, Terminated, UsageError
from mlproj.runner import tags
from mlproj.runner.experiments import choose_experiment, find_parent
from mlproj.runner.following import look
from mlproj.runner.interrupts import termination_raised
from mlproj.runner.params import loggable_params
from mlproj.runner.recording.examining import examine
from mlproj.runner.values import Outcome, Prepared, Reporter
from mlproj.source.checkouts import named_by_source, release
from mlproj.system.clock import now_ms
from mlproj.system.files import make_directory, remove_tree
from mlproj.system.identity import this_process
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Run, RunStatus
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.opening import open_store
from mlproj.tracking.run_ids import resolve_run_id


def launch(prepared: Prepared, *, reporter: Reporter, on_created: Callable[[Run], None] = lambda _: None) -> Outcome:
    """Create the run, carry it out, record how it ended, release the checkout.

    Raises what stopped it before there was a run. Once there is one, an error of ours and an interrupt come back in
    the outcome; a bug is raised after the run was ended.
    """
    stored: list[Path] = []
    try:
        if prepared.spec.image is not None:
            from mlproj.system.container_engine import check

            check(prepared.settings.environ)
        with (
            closing(open_store(prepared.settings.tracking_uri, settings=prepared.settings)) as store,
            termination_raised(),
        ):
            for text in store.notes:
                reporter.note(text)
            directory = make_directory(prepared.settings.cache_dir / "jobs" / os.urandom(16).hex())
            try:
                record_supervisor(directory)
                prepared = examine(prepared, store=store, reporter=reporter)
                if prepared.request.reuse:
                    from mlproj.runner.past.reusing import reuse

                    prepared, reused = reuse(prepared, store, reporter)
                    if reused is not None:
                        return reused
                return run_and_end(prepared, store, directory, reporter, on_created=on_created, stored=stored)
            finally:
                remove_tree(directory)
    finally:
        report_leftovers(prepared, reporter, stored)


def create(prepared: Prepared, store: Store, directory: Path) -> Run:
    """Write 1: the run with its tags; or the run that `run_id` names, set running again."""
    request, settings = prepared.request, prepared.settings
    parent = None if request.run_id else find_parent(store, settings.environ)
    created = tags.created_tags(prepared, parent=parent)
    created |= Supervisor(identity=this_process(), heartbeat=now_ms()).to_tags()
    created |= {tags.JOB: json.dumps({"backend": request.backend, "directory": str(directory)})}
    if request.run_id:
        return take_over(store, request.run_id, prepared, created)
    return store.create_run(
        choose_experiment(store, settings=settings, project_name=prepared.project.name),
        start_time=now_ms(),
        run_name=request.run_name or "",
        user_id=created["mlflow.user"],
        tags=created,
    )


def take_over(store: Store, text: str, prepared: Prepared, created: dict[str, str]) -> Run:
    """Use a run that is there; what it says about an earlier end goes.

    Raises UsageError if it is running, or was given other parameters.
    """
    run = look(store, resolve_run_id(store, text))
    if run.status is RunStatus.RUNNING and Supervisor.from_tags(run.tags) is not None:
        raise UsageError(f"run {run.run_id} is running", hint=f"wait for it, or: mlproj runs cancel {run.run_id[:8]}")
    params, _ = loggable_params(prepared.binding.parameters)
    for name in params:
        if run.params.get(name, params[name]) != params[name]:
            raise UsageError(
                f"run {run.run_id} has {name}={run.params[name]!r}, and params never change",
                hint="give the same value, or leave --run-id out",
            )
    for key in tags.OF_THE_END & run.tags.keys():
        store.delete_tag(run.run_id, key)
    store.set_tags(run.run_id, created)
    return store.update_run(run.run_id, status=RunStatus.RUNNING, run_name=prepared.request.run_name)


def run_and_end(
    prepared: Prepared,
    store: Store,
    directory: Path,
    reporter: Reporter,
    *,
    on_created: Callable[[Run], None],
    stored: list[Path],
) -> Outcome:
    """Create the run, carry it out and end it, whatever happens. `stored` receives the files that it has kept."""
    from mlproj.runner.carrying_out import carry_out  # a run that is reused needs none of these
    from mlproj.runner.ending import complete, fail
    from mlproj.runner.live import LiveRun
    from mlproj.runner.recording.keeping_results import stored_files
    from mlproj.runner.recording.progress import RunProgress

    run = create(prepared, store, directory)
    progress = RunProgress(prepared, run.run_id)
    live = LiveRun(prepared=prepared, store=store, run=run, directory=directory, reporter=reporter, progress=progress)
    try:
        on_created(run)
        with named_by_source(prepared.checkout):
            return complete(live, carry_out(live))
    except BaseException as error:
        outcome = fail(live, error)
        if not isinstance(error, MlprojError | KeyboardInterrupt | Terminated):
            raise
        return outcome
    finally:
        stored += stored_files(live)


def report_leftovers(prepared: Prepared, reporter: Reporter, stored: Sequence[Path]) -> None:
    """Release the checkout and name what the run left in it; what a reproduction has stored is nothing to keep."""
    known = _elsewhere(prepared, stored)
    leftovers = release(prepared.checkout, settings=prepared.settings, stored=known)
    kinds = {"new": leftovers.new, "changed": leftovers.changed, "deleted": leftovers.deleted}
    names = [f"{kind}: {name}" for kind, found in kinds.items() for name in found]
    if names:
        reporter.note(f"the run's checkout is kept until `mlproj gc` removes it: {leftovers.top}")
        for name in names[:20]:
            reporter.note(f"  {name}")
        if len(names) > 20:  # noqa: PLR2004 - a screenful
            reporter.note(f"  and {len(names) - 20} more")


def _elsewhere(prepared: Prepared, stored: Sequence[Path]) -> list[Path]:
    """Files in the checkout that can be had again."""
    from mlproj.runner.recording.placing import placed_files

    if not prepared.checkout.owned:
        return []
    if not prepared.request.reproduces:
        return [*placed_files(prepared)]
    from mlproj.runner.past.restoring import restored_files

    return [*placed_files(prepared), *restored_files(prepared), *stored]
