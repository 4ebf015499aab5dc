"""Numbers of a server for Prometheus: requests by route, commits, the process itself."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlproj.version import VERSION

if TYPE_CHECKING:
    from mlproj.tracking.sql.grouping import Tally

KIND = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
WRITES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One number; `suffix` comes after the name of its family."""

    value: float
    labels: Labels
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The numbers of one name. `kind` is gauge, counter or histogram."""

    name: str
    kind: str
    samples: Sequence[Sample]


class Histogram:
    """How many values were at most each of `limits`, and their sum."""

    def __init__(self, limits: Sequence[float]) -> None:
        self._limits = limits
        self._counts = [0] * (len(limits) + 1)
        self._sum = 0.0

    def add(self, value: float, times: int = 1) -> None:
        self._counts[next((index for index, most in enumerate(self._limits) if value <= most), -1)] += times
        self._sum += value * times

    def samples(self, labels: Labels) -> list[Sample]:
        found, below = [], 0
        for most, count in zip((*self._limits, "+Inf"), self._counts, strict=True):
            below += count
            found.append(Sample(suffix="_bucket", labels={**labels, "le": str(most)}, value=below))
        found.append(Sample(suffix="_sum", labels=labels, value=round(self._sum, 6)))
        return [*found, Sample(suffix="_count", labels=labels, value=below)]


class Numbers:
    """Of one process. `tally` is of the commits that requests share, where they do."""

    def __init__(self, tally: "Tally | None" = None) -> None:
        self._started = time.time()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, Histogram] = {}
        self._tally = tally
        self.in_flight = 0

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """An empty route is one that the API does not have."""
        route = route or "other"
        self._requests[(method if method in METHODS else "other", route, status)] += 1
        self._seconds.setdefault(route, Histogram(SECONDS)).add(seconds)

    def families(self) -> list[Family]:
        """From any thread: what is counted meanwhile is in the copies or not."""
        requests = [
            Sample(labels={"method": method, "route": route, "status": str(status)}, value=count)
            for (method, route, status), count in sorted(dict(self._requests).items())
        ]
        seconds = [
            sample for route, taken in sorted(dict(self._seconds).items()) for sample in taken.samples({"route": route})
        ]
        return [
            Family(name="mlproj_info", kind="gauge", samples=[Sample(labels={"version": VERSION}, value=1)]),
            _one("process_start_time_seconds", "gauge", round(self._started, 3)),
            _one("process_resident_memory_bytes", "gauge", _memory()),
            _one("mlproj_requests_in_flight", "gauge", self.in_flight),
            Family(name="mlproj_requests_total", kind="counter", samples=requests),
            Family(name="mlproj_request_seconds", kind="histogram", samples=seconds),
            *self._commits(),
        ]

    def _commits(self) -> list[Family]:
        if self._tally is None:
            return []
        sizes = Histogram(WRITES)
        for size, count in self._tally.sizes().items():
            sizes.add(size, count)
        return [
            _one("mlproj_commits_total", "counter", self._tally.commits),
            _one("mlproj_commits_failed_total", "counter", self._tally.failed),
            Family(name="mlproj_commit_writes", kind="histogram", samples=sizes.samples({})),
        ]


def merged(families: Iterable[tuple[int, Iterable[Family]]]) -> list[Family]:
    """The numbers of several workers, each labelled with its worker's."""
    found: dict[str, Family] = {}
    for worker, own in families:
        for family in own:
            labelled = [
                Sample(suffix=sample.suffix, labels={"worker": str(worker), **sample.labels}, value=sample.value)
                for sample in family.samples
            ]
            before = found[family.name].samples if family.name in found else ()
            found[family.name] = Family(name=family.name, kind=family.kind, samples=[*before, *labelled])
    return list(found.values())


def exposition(families: Iterable[Family]) -> str:
    """As Prometheus reads it, version 0.0.4 of its text format."""
    lines = []
    for family in families:
        lines.append(f"# TYPE {family.name} {family.kind}")
        for sample in family.samples:
            labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
            lines.append(f"{family.name}{sample.suffix}{'{' + labels + '}' if labels else ''} {sample.value}")
    return "\n".join((*lines, ""))


def packed(families: Iterable[Family]) -> bytes:
    """For another process."""
    import orjson

    return orjson.dumps(list(families))


def unpacked(content: bytes) -> list[Family]:
    """Raises ValueError for what `packed` did not write."""
    import orjson

    found: list[dict[str, Any]] = orjson.loads(content)
    return [
        Family(name=each["name"], kind=each["kind"], samples=[Sample(**sample) for sample in each["samples"]])
        for each in found
    ]


def _one(name: str, kind: str, value: float) -> Family:
    return Family(name=name, kind=kind, samples=[Sample(labels={}, value=value)])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _memory() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
