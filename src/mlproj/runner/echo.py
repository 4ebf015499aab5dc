"""Live output: what the command prints, on our own stdout and stderr."""

import codecs
import contextlib
import os
import sys
from typing import TextIO


class Echo:
    """Shows a job's streams where ours go. A reader that is gone (`| head`) does not matter to the job."""

    def __init__(self) -> None:
        self._gone: set[str] = set()
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}

    def write(self, stream: str, data: bytes) -> None:
        target = sys.stderr if stream == "stderr" else sys.stdout
        if target is None or stream in self._gone:
            return
        try:
            self._show(target, stream, data)
        except (BrokenPipeError, ValueError):  # ValueError: closed
            self._gone.add(stream)

    def _show(self, target: TextIO, stream: str, data: bytes) -> None:
        if target in {sys.__stdout__, sys.__stderr__}:
            target.flush()
            view = memoryview(data)
            while view:
                view = view[os.write(target.fileno(), view) :]
            return
        # A notebook's cell, or a test that captures: text, and a character may be cut by the end of a chunk.
        if stream not in self._decoders:
            self._decoders[stream] = codecs.getincrementaldecoder("utf-8")("replace")
        target.write(self._decoders[stream].decode(data))
        with contextlib.suppress(AttributeError):
            target.flush()
