"""What goes on beside a command: samples of the machine's use, and a look at what is around the run."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mlproj.backends.base import JobHandle
from mlproj.envs.values import Environment
from mlproj.runner.live import LiveRun
from mlproj.runner.recording.sampling import client_samples, sampling
from mlproj.runner.recording.surroundings import Look


class Observer:
    """Starts to look when the job has started, so that nothing delays it."""

    def __init__(self, live: LiveRun, environment: Environment, stack: ExitStack) -> None:
        self._live = live
        self._environment = environment
        self._stack = stack
        self.look: Look | None = None

    def start(self, handle: JobHandle) -> None:
        """The job runs now."""
        live, variables = self._live, self._live.progress.variables or {}
        self.look = Look(self._environment, live.settings)
        wanted = live.settings.system_metrics and not client_samples(variables)
        pid = handle.describe().get("pid", "")
        live.progress.peaks = self._stack.enter_context(
            sampling(
                int(pid) if pid.isdecimal() else None,
                (lambda points: live.store.log_batch(live.run_id, metrics=points)) if wanted else None,
            )
        )


@contextmanager
def observing(live: LiveRun, environment: Environment) -> Iterator[Observer]:
    """An observer whose threads end with the block; what it saw goes to the run's progress."""
    with ExitStack() as stack:
        observer = Observer(live, environment, stack)
        try:
            yield observer
        finally:
            if observer.look is not None:
                live.progress.surroundings = observer.look.found()
