"""Live output: what the command prints, on our own stdout and stderr."""

import codecs
import os
import select
import sys
from collections.abc import Callable
from typing import TextIO

PIECE = 4096
"""A pipe that has any room takes this much without blocking (POSIX grants 512, Linux this)."""
PATIENCE = 0.2


class Echo:
    """Shows a job's streams where ours go. A reader that is gone (`| head`) does not matter to the job."""

    def __init__(self, *, to_stderr: bool = False) -> None:
        self._to_stderr = to_stderr
        self._gone: set[str] = set()
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}

    def write(self, stream: str, data: bytes, gives_up: Callable[[], bool] = lambda: False) -> None:
        """Show some output; `gives_up` is asked now and then while nobody reads ours."""
        target: TextIO | None = sys.stderr if self._to_stderr or stream == "stderr" else sys.stdout
        if target is None or stream in self._gone:
            return
        try:
            if any(target is original for original in (sys.__stdout__, sys.__stderr__)):
                target.flush()
                shown = _write_patiently(target.fileno(), data, gives_up)
            else:
                shown = self._write_text(target, stream, data)
        except (OSError, ValueError):  # ValueError: closed
            shown = False
        if not shown:
            self._gone.add(stream)

    def _write_text(self, target: TextIO, stream: str, data: bytes) -> bool:
        """For a notebook's cell: text, and a character may be cut by the end of a chunk."""
        if stream not in self._decoders:
            self._decoders[stream] = codecs.getincrementaldecoder("utf-8")("replace")
        target.write(self._decoders[stream].decode(data))
        target.flush()
        return True


def _write_patiently(descriptor: int, data: bytes, gives_up: Callable[[], bool]) -> bool:
    view = memoryview(data)
    while view:
        while not select.select((), (descriptor,), (), PATIENCE)[1]:
            if gives_up():
                return False
        try:
            view = view[os.write(descriptor, view[:PIECE]) :]
        except BlockingIOError:  # somebody made it non-blocking, and took the room before us
            continue
    return True
