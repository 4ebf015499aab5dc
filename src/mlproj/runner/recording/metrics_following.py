"""Metrics files that are read while the command writes them: JSON Lines, each line when it is complete."""

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from mlproj.errors import MlprojError
from mlproj.runner.recording.metrics_files import LARGEST, points_of
from mlproj.system.clock import now_ms
from mlproj.tracking.entities import Metric

INTERVAL = 2.0
BATCH = 1_000
LINES = frozenset({".jsonl", ".ndjson"})
"""Names that say that each line counts. Of other files the second line does: one line may be all, and change."""
_TAIL = 4096

Log = Callable[[Sequence[Metric]], None]


def identity(point: Metric) -> tuple[str, int, str]:
    """By what a point is known again: when it was read does not count."""
    return point.key, point.step, repr(point.value)


class FollowedFile:
    """One metrics file that grows. What was written over is left to whoever reads the file at the end.

    `logged` counts the points that were logged.
    """

    def __init__(self, file: Path, *, started_ns: int) -> None:
        self.logged: Counter[tuple[str, int, str]] = Counter()
        self._file = file
        self._started_ns = started_ns
        self._given_up = False
        self._seen: tuple[int, int, int] | None = None
        self._offset = 0
        self._digest = hashlib.sha256()
        self._tail = b""
        self._objects = 0
        self._waiting: list[Metric] = []

    def poll(self, log: Log) -> None:
        """Log what was written since the last time. Raises MlprojError; then it is tried again the next time."""
        with contextlib.suppress(OSError):
            self._read()
        while self._waiting:
            batch = self._waiting[:BATCH]
            log(batch)
            self.logged.update(map(identity, batch))
            del self._waiting[:BATCH]

    def _read(self) -> None:
        if self._given_up:
            return
        with self._file.open("rb") as file:
            state = os.fstat(file.fileno())
            now = (state.st_ino, state.st_size, state.st_mtime_ns)
            if now == self._seen or state.st_mtime_ns < self._started_ns or state.st_size < self._offset:
                return  # nothing new, of an earlier run, or just being written anew
            if state.st_size > LARGEST or not self._goes_on(
                file, same=self._seen is not None and now[0] == self._seen[0]
            ):
                self._given_up = True
                return
            self._seen = now
            file.seek(self._offset)
            self._take(file.read(LARGEST))

    def _goes_on(self, file: BinaryIO, *, same: bool) -> bool:
        """Whether what was read is still there, before what comes now."""
        if same:
            file.seek(self._offset - len(self._tail))
            return file.read(len(self._tail)) == self._tail
        return hashlib.sha256(file.read(self._offset)).digest() == self._digest.digest()

    def _take(self, content: bytes) -> None:
        whole = content[: content.rfind(b"\n") + 1]
        lines = [line for line in whole.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
        if not lines or (self._objects == 0 and len(lines) == 1 and self._file.suffix not in LINES):
            return
        points: list[Metric] = []
        time = now_ms()
        for number, line in enumerate(lines, self._objects):
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                self._given_up = True
                break
            points += points_of(record, number, now=time)[0]
        self._waiting += points
        self._objects += len(lines)
        self._offset += len(whole)
        self._digest.update(whole)
        self._tail = (self._tail + whole)[-_TAIL:]


@contextmanager
def following(
    files: Sequence[Path], log: Log, *, started_ns: int, interval: float = INTERVAL
) -> Iterator[dict[Path, FollowedFile]]:
    """Follow files on a thread until the block ends; a store that fails for a while stops nothing."""
    followed = {file: FollowedFile(file, started_ns=started_ns) for file in files}
    over = Event()

    def follow() -> None:
        while not over.wait(interval):
            for one in followed.values():
                with contextlib.suppress(MlprojError):
                    one.poll(log)

    thread = Thread(target=follow, name="mlproj-metrics", daemon=True)
    if files:
        thread.start()
    try:
        yield followed
    finally:
        over.set()
        if files:
            thread.join()
