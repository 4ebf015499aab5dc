"""While a command runs: the use of the machine as metrics, and the most that the job used."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from mlproj.errors import MlprojError
from mlproj.system.clock import now_ms
from mlproj.tracking.entities import Metric

PREFIX = "system/"
INTERVAL = 10.0
FIRST_LOOK = 1.0
"""Runs that are shorter are not looked at: nothing is imported for them."""
FULL_RATE = 3600.0
"""Seconds for which there is a sample every INTERVAL; then the distance grows with the run's age."""
CLIENT_SAMPLES = "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"
"""Where this is true the client in the command logs the same names itself."""

Log = Callable[[Sequence[Metric]], None]


def interval_at(age: float, interval: float = INTERVAL) -> float:
    """How long to wait for the next sample when a run is `age` seconds old."""
    return interval * max(1.0, age / FULL_RATE)


def client_samples(environ: Mapping[str, str]) -> bool:
    """Whether an MLflow client in the command is told to log system metrics."""
    return environ.get(CLIENT_SAMPLES, "").lower() in {"1", "true", "yes", "on"}


@contextmanager
def sampling(
    pid: int | None, log: Log | None, *, interval: float = INTERVAL, first_look: float = FIRST_LOOK
) -> Iterator[dict[str, float]]:
    """Sample until the block ends; gives the peaks, which grow meanwhile.

    `pid` is the root of the job's processes, None if they are not ours; `log` takes each sample as metrics, None: the
    peaks alone are wanted.
    """
    sampler = _Sampler(pid, log, interval, first_look)
    thread = Thread(target=sampler.run, name="mlproj-system-metrics", daemon=True)
    thread.start()
    try:
        yield sampler.peaks
    finally:
        sampler.over.set()
        thread.join(1.0)  # a server that hangs must not hold up the end of the run


class _Sampler:
    def __init__(self, pid: int | None, log: Log | None, interval: float, first_look: float) -> None:
        self.over = Event()
        self.peaks: dict[str, float] = {}
        self._pid = pid
        self._log = log
        self._interval = interval
        self._first_look = first_look
        self._seconds: tuple[float, float] | None = None

    def run(self) -> None:
        """The thread."""
        if self.over.wait(self._first_look):
            return
        from mlproj.system.usage import MachineUsage

        with contextlib.suppress(Exception):  # what cannot be measured must not end a run
            machine = MachineUsage()
            try:
                self._sample_all(machine.sample)
            finally:
                machine.close()

    def _sample_all(self, sample: Callable[[], dict[str, float]]) -> None:
        started, step = time.monotonic(), 0
        due = started + self._interval - self._first_look
        while not self.over.wait(min(self._first_look, max(0.0, due - time.monotonic()))):
            self._look_at_job()
            if time.monotonic() < due:
                continue
            values = sample()
            for name, value in values.items():
                self._keep(_peak_name(name), value)
            if self._log is not None:
                points = [
                    Metric(key=f"{PREFIX}{name}", value=value, timestamp=now_ms(), step=step)
                    for name, value in values.items()
                ]
                with contextlib.suppress(MlprojError, OSError):
                    self._log(points)
            step += 1
            due = time.monotonic() + interval_at(time.monotonic() - started, self._interval)

    def _look_at_job(self) -> None:
        if self._pid is None:
            return
        from mlproj.system.usage import tree_usage

        memory, seconds = tree_usage(self._pid)
        now = time.monotonic()
        if memory:
            self._keep("memory_bytes", memory)
        if self._seconds is not None and now > self._seconds[0] and seconds >= self._seconds[1]:
            self._keep("cpu_percent", round(100 * (seconds - self._seconds[1]) / (now - self._seconds[0]), 1))
        self._seconds = (now, seconds)

    def _keep(self, name: str | None, value: float) -> None:
        if name is not None:
            self.peaks[name] = max(value, self.peaks.get(name, 0.0))


def _peak_name(name: str) -> str | None:
    """The name of a metric's peak; of counters and of what the machine has there is none."""
    if name.startswith("gpu_") and name.endswith(("_memory_usage_megabytes", "_utilization_percentage")):
        return name
    return name if name in {"cpu_utilization_percentage", "system_memory_usage_megabytes"} else None
