"""What a command printed, kept: `output.log` as it came, `output.index.jsonl` with time and stream of each chunk."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from mlproj.runner.redacting import Redactor
from mlproj.system.clock import now_ms

LOG, INDEX = "output.log", "output.index.jsonl"
CHUNK_MS = 50
"""What one stream prints within this time is one chunk of the index."""


class OutputLog:
    """The two files of one run, written as the output comes; what stands in `secrets` is left out.

    A file system that fails (full, gone) does not stop the command: the rest of the output is not kept, and `failure`
    says why.
    """

    def __init__(self, directory: Path, *, secrets: Iterable[str] = (), clock: Callable[[], int] = now_ms) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / LOG
        self.failure: OSError | None = None
        self._secrets = tuple(secrets)
        self._clock = clock
        self._redactors: dict[str, Redactor] = {}
        self._offset = 0
        self._chunk: tuple[str, int] | None = None
        self._log = self.path.open("wb", buffering=0)
        self._index = (directory / INDEX).open("wb", buffering=0)

    def write(self, stream: str, data: bytes) -> None:
        """Keep some output of a stream. The beginning of what may become a secret is kept back until it is known."""
        redactor = self._redactors.get(stream)
        if redactor is None:
            redactor = self._redactors[stream] = Redactor(self._secrets)
        self._append(stream, redactor.feed(data))

    def close(self) -> None:
        for stream, redactor in self._redactors.items():
            self._append(stream, redactor.finish())
        self._redactors.clear()
        self._log.close()
        self._index.close()

    def _append(self, stream: str, data: bytes) -> None:
        if not data or self.failure is not None:
            return
        time_ms = self._clock()
        try:
            if self._chunk is None or self._chunk[0] != stream or time_ms - self._chunk[1] >= CHUNK_MS:
                self._chunk = (stream, time_ms)
                entry = {"offset": self._offset, "time": time_ms, "stream": stream}
                self._index.write(json.dumps(entry).encode() + b"\n")
            view = memoryview(data)
            while view:
                written = self._log.write(view)
                self._offset += written
                view = view[written:]
        except OSError as error:
            self.failure = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
