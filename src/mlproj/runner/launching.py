"""One run from prepared request to recorded end."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from mlproj.errors import MlprojError
from mlproj.runner import tags
from mlproj.runner.carrying_out import carry_out
from mlproj.runner.ending import complete, fail
from mlproj.runner.experiments import choose_experiment, find_parent
from mlproj.runner.interrupts import termination_raised
from mlproj.runner.live import LiveRun, now
from mlproj.runner.progress import RunProgress
from mlproj.runner.values import Outcome, Prepared, Reporter
from mlproj.source.checkouts import release
from mlproj.system.files import make_directory, remove_tree
from mlproj.system.identity import this_process
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Run, RunStatus
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.opening import open_store


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
            directory = make_directory(prepared.settings.cache_dir / "jobs" / os.urandom(16).hex())
            try:
                run = create(prepared, store, directory)
                on_created(run)
                live = LiveRun(
                    prepared=prepared,
                    store=store,
                    run=run,
                    directory=directory,
                    reporter=reporter,
                    progress=RunProgress(prepared, run.run_id),
                )
                return end_well_or_badly(live)
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
        for key in tags.OF_THE_END & run_tags(store, run.run_id):
            store.delete_tag(run.run_id, key)
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


def run_tags(store: Store, run_id: str) -> set[str]:
    return set(store.get_run(run_id).tags)


def end_well_or_badly(live: LiveRun) -> Outcome:
    """Carry the run out and end it, whatever happens."""
    try:
        return complete(live, carry_out(live))
    except BaseException as error:
        outcome = fail(live, error)
        if not isinstance(error, MlprojError):
            raise
        return outcome


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
