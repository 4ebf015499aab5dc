"""The Python call, with the names and keywords of `mlflow.projects`.

    import mlproj
    run = mlproj.run(".", parameters={"alpha": 0.5}, synchronous=False)
    run.wait()

Many runs may go at once, from threads and in notebooks.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from mlproj.config import Settings, load_settings
from mlproj.errors import MlprojError, RunFailedError, UsageError
from mlproj.runner import following
from mlproj.runner.backend_config import read_backend_config
from mlproj.runner.launching import launch
from mlproj.runner.preparing import prepare
from mlproj.runner.reporting import PlainLines, Silence
from mlproj.runner.values import Outcome, RunRequest, caller_directory
from mlproj.tracking.opening import open_store

if TYPE_CHECKING:
    from mlproj.tracking.entities import Run

__all__ = ["SubmittedRun", "run"]


class SubmittedRun:
    """A run that was started. `run_id` is its id in the tracking store."""

    def __init__(self, run_id: str, outcome: "Future[Outcome]", settings: Settings) -> None:
        self.run_id = run_id
        self._outcome = outcome
        self._settings = settings

    def wait(self) -> bool:
        """Wait for the end; whether the run finished well. Raises only for a bug of ours or an interrupt."""
        return self._outcome.result().exit_code == 0

    def get_status(self) -> str:
        """RUNNING, FINISHED, FAILED or KILLED."""
        if self._outcome.done():
            return self._outcome.result().status
        with closing(open_store(self._settings.tracking_uri, settings=self._settings)) as store:
            return str(following.look(store, self.run_id).status)

    def cancel(self) -> None:
        """End the run and its whole process tree, and wait for that; nothing happens if it is over."""
        if self._outcome.done():
            return
        with closing(open_store(self._settings.tracking_uri, settings=self._settings)) as store:
            try:
                following.cancel(store, self.run_id)
            except MlprojError:
                if not following.look(store, self.run_id).status.is_final:
                    raise
        self.wait()


def run(  # noqa: PLR0917 - MLflow's signature
    uri: str,
    entry_point: str = "main",
    version: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    docker_args: Mapping[str, Any] | None = None,
    experiment_name: str | None = None,
    experiment_id: str | None = None,
    backend: str = "local",
    backend_config: Mapping[str, Any] | str | Path | None = None,
    storage_dir: str | None = None,
    synchronous: bool = True,  # noqa: FBT001, FBT002 - MLflow's signature
    run_id: str | None = None,
    run_name: str | None = None,
    env_manager: str | None = None,
    build_image: bool = False,  # noqa: FBT001, FBT002 - MLflow's signature
    docker_auth: Mapping[str, str] | None = None,
    *,
    tracking_uri: str | None = None,
) -> SubmittedRun:
    """Run an entry point of a project, as `mlproj run` does.

    `synchronous=False` comes back as soon as the run exists. `docker_args`, `docker_auth` and `build_image` are for
    projects that run in a container, `backend_config` for backends that take one; the others pass over them. Raises
    RunFailedError if a synchronous run fails, and what kept it from being created.
    """
    options = {
        "tracking_uri": tracking_uri,
        "env_manager": env_manager,
        "storage_dir": None if storage_dir is None else Path(storage_dir).absolute(),
        "experiment_name": experiment_name,
        "experiment_id": None if experiment_id is None else str(experiment_id),
    }
    if experiment_name is not None and experiment_id is not None:
        raise UsageError("experiment_name and experiment_id were both given", hint="give one of them")
    settings = load_settings(options=options)
    request = RunRequest(
        uri=str(uri),
        caller=caller_directory(),
        entry_point=entry_point,
        version=version,
        parameters={str(name): str(value) for name, value in (parameters or {}).items()},
        env_manager=settings.env_manager,
        backend=backend,
        backend_config=backend_config if isinstance(backend_config, Mapping) else read_backend_config(backend_config),
        docker_args=dict(docker_args or {}),
        docker_auth=dict(docker_auth or {}),
        build_image=build_image,
        run_id=run_id,
        run_name=run_name,
        echo=synchronous,
    )
    submitted = _submit(request, settings, on_this_thread=synchronous)
    if synchronous and not submitted.wait():
        raise RunFailedError(submitted.run_id)
    return submitted


def _submit(request: RunRequest, settings: Settings, *, on_this_thread: bool) -> SubmittedRun:
    """Launch; comes back when the run is over (on this thread), or as soon as it exists (on one of its own)."""
    reporter = PlainLines() if on_this_thread else Silence()
    prepared = prepare(request, settings=settings, reporter=reporter)
    created: Future[Run] = Future()
    ended: Future[Outcome] = Future()

    def carry_out() -> None:
        try:
            outcome = launch(prepared, reporter=reporter, on_created=created.set_result)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            (ended if created.done() else created).set_exception(error)
        else:
            if outcome.interrupt is not None and on_this_thread:
                ended.set_exception(outcome.interrupt)
            else:
                ended.set_result(outcome)

    if on_this_thread:
        carry_out()
    else:
        Thread(target=carry_out, name="mlproj-run").start()
    return SubmittedRun(created.result().run_id, ended, settings)
