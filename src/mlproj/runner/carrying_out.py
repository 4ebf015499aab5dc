"""A run that exists, phase by phase: environment, inputs, command."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mlproj.backends.base import Backend, Job, JobHandle
from mlproj.backends.local import is_end_requested, request_end
from mlproj.backends.registry import load_backend
from mlproj.envs.values import Environment
from mlproj.project.model import RenderedCommand
from mlproj.project.rendering import CONTAINER_SHELL, render
from mlproj.runner import tags
from mlproj.runner.child_environment import child_environment
from mlproj.runner.files import RunFiles
from mlproj.runner.heartbeat import beating
from mlproj.runner.inputs import fetch_remote_paths
from mlproj.runner.interrupts import CancelledEarlyError
from mlproj.runner.live import LiveRun
from mlproj.runner.output import OutputLog
from mlproj.runner.params import loggable_params, secret_values
from mlproj.runner.recording.keeping_code import keep_code
from mlproj.runner.recording.keeping_results import keep_results
from mlproj.runner.recording.metrics_logging import following_metrics, log_metrics_files
from mlproj.runner.recording.observing import observing
from mlproj.runner.recording.placing import hashes_by_uri, place_inputs
from mlproj.runner.recording.seeding import find_seed, seed_variables
from mlproj.runner.supervising import Ended, EndReason, supervise
from mlproj.runner.tracking_access import TrackingAccess
from mlproj.system.clock import now_ms
from mlproj.system.identity import this_process
from mlproj.tracking.liveness import Supervisor

if TYPE_CHECKING:
    from mlproj.backends.container_values import Container
    from mlproj.runner.containers.access import Plan

CLOCK_STEP_NS = 20_000_000
"""File systems stamp files by a clock that is this much behind."""
LOCK_FILES = {
    "requirements": "requirements.lock",
    "pylock": "pylock.toml",
    "pixi": "pixi.lock",
    "image": "image.lock",
}


def carry_out(live: LiveRun) -> Ended:
    """From a created run to a command that ended."""
    files = live.files = RunFiles(live.store.artifacts(live.run_id), spool=live.directory / "spool")
    with beating(lambda: beat(live), files.upload):
        log_params(live)
        with live.progress.during("code"):
            live.progress.source = keep_code(live, files)
        with live.progress.during("environment"):
            environment = ensure_environment(live, files)
        if is_end_requested(live.directory):  # by a cancel that came while there was no job to end
            raise CancelledEarlyError
        with live.progress.during("inputs"):
            place = {**live.prepared.place, **fetch_inputs(live)}
            place_inputs(live.prepared, store=live.store, reporter=live.reporter)
        shell, plan = live.settings.environ.get("SHELL", "bash"), None
        if environment.image is not None:
            from mlproj.runner.containers.access import places_in_container, plan_container

            shell, (place, mounts) = CONTAINER_SHELL, places_in_container(place, live.prepared.project.root)
            plan = plan_container(live, mounts)
        rendered = render(live.prepared.binding, place=place, shell=shell)
        live.progress.command = rendered.text
        started_ns = time.time_ns() - CLOCK_STEP_NS
        with live.progress.during("command"), following_metrics(live, started_ns=started_ns) as followed:
            ended = run_command(live, files, environment, rendered, plan)
        live.command_exit_code = ended.exit_code
        with live.progress.during("outputs"):
            log_metrics_files(live, followed, started_ns=started_ns)
            keep_results(live, files, ended)
        return ended


def log_params(live: LiveRun) -> None:
    """Record what the parameters are."""
    params, refused = loggable_params(live.prepared.binding.parameters)
    for name in refused:
        live.reporter.note(f"the parameter {name!r} is not recorded: a store takes no such name")
    if params:
        live.store.log_batch(live.run_id, params=params)


def ensure_environment(live: LiveRun, files: RunFiles) -> Environment:
    """Lock and build; the lock and the installer's log are kept with the run."""
    spec, settings = live.prepared.spec, live.settings
    if spec.manager == "local":
        environment = live.progress.environment = Environment(kind=spec.kind, manager="local")
        return environment
    from mlproj.envs.building import ensure
    from mlproj.envs.locking import lock

    log, policy = files.directory / "environment.log", live.prepared.request.lock_policy
    said, progress = live.reporter.note, live.reporter.progress
    found = live.prepared.lock or lock(
        spec, policy=policy, settings=settings, on_progress=progress, on_note=said, log=log
    )
    if found.payload and found.format in LOCK_FILES:
        files.write(LOCK_FILES[found.format], found.payload)
    environment = ensure(spec, found, settings=settings, on_progress=progress, on_note=said, log=log)
    live.progress.environment = environment
    return environment


def fetch_inputs(live: LiveRun) -> dict[str, str]:
    """Bring path parameters that are elsewhere to this machine."""
    return fetch_remote_paths(
        live.prepared.remote,
        store=live.store,
        settings=live.settings,
        reporter=live.reporter,
        hashes=hashes_by_uri(live.prepared),
    )


def run_command(
    live: LiveRun, files: RunFiles, environment: Environment, rendered: RenderedCommand, plan: "Plan | None" = None
) -> Ended:
    """Submit the command and supervise it to its end, with somewhere to log to."""
    request = live.prepared.request
    live.reporter.clear()
    engine = None if plan is None else plan.engine
    with TrackingAccess(live.store, live.settings, on_note=live.reporter.note, engine=engine) as access:
        secrets = (*secret_values(live.prepared.binding.parameters), *access.secrets_for(live.run_id))
        variables = child_environment(
            live.settings.environ if plan is None else {},
            environment=environment,
            tracking_uri=access.url_for(live.run_id),
            run_id=live.run_id,
            experiment_id=live.run.experiment_id,
            env_manager=request.env_manager,
            secrets=rendered.variables,
            seeds=seed_variables(find_seed(live.prepared.binding), live.settings.environ),
        )
        container = None
        if plan is not None:
            from mlproj.runner.containers.access import container_for

            container = container_for(live, plan, environment, access, variables)
            live.reporter.clear()
        live.progress.variables = variables if container is None else container.environ
        with OutputLog(files.directory, secrets=secrets) as log, observing(live, environment) as observer:
            ended = supervise(
                submit(live, environment, rendered.text, variables, container, on_started=observer.start),
                log=log,
                timeout=live.prepared.binding.entry_point.timeout,
                terminal=request.terminal,
                echo=request.echo,
                to_stderr=request.to_stderr,
                on_note=live.reporter.note,
            )
        if ended.reason is EndReason.OUT_OF_MEMORY:
            live.reporter.note(
                "the command was killed because it ran out of memory ('memory' in resources, or -A memory)"
            )
        if log.failure is not None:
            live.reporter.note(f"the kept output is not complete: {log.failure.strerror}: {log.path}")
        return ended


def submit(
    live: LiveRun,
    environment: Environment,
    text: str,
    variables: Mapping[str, str],
    container: "Container | None" = None,
    *,
    on_started: Callable[[JobHandle], None] = lambda _: None,
) -> JobHandle:
    """Start the job, and write 2: the tags by which any later process can wait for it, follow it, cancel it."""
    backend = load_backend(live.prepared.request.backend)
    handle = backend.submit(
        Job(
            run_id=live.run_id,
            command=text,
            cwd=live.prepared.project.root,
            environ=variables if container is None else {**live.settings.environ, "MLPROJ_RUN_ID": live.run_id},
            container=container,
            directory=live.directory,
            terminal=live.prepared.request.terminal,
            grace=live.settings.grace,
        )
    )
    try:
        live.store.set_tags(live.run_id, started_tags(backend, environment, handle))
        on_started(handle)
    except BaseException:
        handle.end()
        handle.wait(lambda _stream, _data: None, poll=lambda: False)
        raise
    return handle


def started_tags(backend: Backend, environment: Environment, handle: JobHandle) -> dict[str, str]:
    return tags.started_tags(backend=backend.name, environment=environment, job=handle.describe())


def beat(live: LiveRun) -> None:
    """Say that we are alive, and look whether somebody on another machine wants the end."""
    live.store.set_tags(live.run_id, Supervisor(identity=this_process(), heartbeat=now_ms()).to_tags())
    if tags.CANCEL in live.store.get_run(live.run_id).tags:
        request_end(live.directory)
