"""A job of the local backend, followed from the process that submitted it."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from mlproj.backends import shepherd
from mlproj.backends.base import Job, OnOutput, Terminal
from mlproj.backends.streams import Streams, read_some
from mlproj.errors import BackendError, JobLostError
from mlproj.system import process_tree

TICK = 0.2
READING_AFTER_END = 1.0


class LocalJobHandle:
    """The supervisor's side: a lifeline to the shim, its reports, the job's streams."""

    def __init__(
        self, *, job: Job, shim: subprocess.Popen[bytes], lifeline: int, status: int, streams: Streams
    ) -> None:
        self.job = job
        self.pid = shim.pid
        self._shim = shim
        self._lifeline = open(lifeline, "wb", buffering=0)  # noqa: SIM115 - a descriptor, closed by `_close`
        self._status = open(status, "rb", buffering=0)  # noqa: SIM115
        self._streams = streams
        self._command_pid = 0
        self._exit_code: int | None = None
        self._reports = b""
        self._stop_reading_at: float | None = None
        self._ending = False
        self._stopped = False

    def hand_over(self, spec: bytes) -> None:
        """Give the shim its job and wait until the command runs. Raises BackendError."""
        try:
            _write_all(self._lifeline.fileno(), spec)
            while b"\n" not in self._reports and (part := self._status.read(4096)):
                self._reports += part
            line, _, self._reports = self._reports.partition(b"\n")
            word, _, rest = line.partition(b" ")
            if word == b"started":
                self._command_pid = int(rest)
                return
            reason = os.fsdecode(rest) or f"the shim ended with exit code {self._shim.wait()}"
        except BrokenPipeError:
            reason = f"the shim ended with exit code {self._shim.wait()}"
        except BaseException:
            self._close()
            raise
        self._close()
        raise BackendError(f"cannot start the command: {reason}")

    def describe(self) -> Mapping[str, str]:
        return {"backend": "local", "directory": str(self.job.directory), "pid": str(self.pid)}

    def end(self) -> None:
        self._ending = True
        if not self._lifeline.closed:
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.write(shepherd.END)

    def wait(self, on_output: OnOutput, *, poll: Callable[[], bool], terminal: Terminal | None = None) -> int:
        try:
            self._follow(on_output, poll, terminal)
            self._drain(on_output)
        except BaseException:
            self.end()
            raise
        finally:
            self._close()
        if self._exit_code is None:
            raise JobLostError("the job is gone without an exit code", hint="was its shim killed?")
        return self._exit_code

    def _follow(self, on_output: OnOutput, poll: Callable[[], bool], terminal: Terminal | None) -> None:
        with _selector() as selector:
            selector.register(self._status, selectors.EVENT_READ)
            for descriptor in self._streams.readable:
                selector.register(descriptor, selectors.EVENT_READ)
            next_poll = 0.0
            while not self._status.closed:
                for key, _ in selector.select(TICK):
                    self._read(key.fd, selector, on_output)
                if time.monotonic() >= next_poll:
                    next_poll = time.monotonic() + TICK
                    self._tick(selector, poll)

    def _tick(self, selector: selectors.BaseSelector, poll: Callable[[], bool]) -> None:
        if poll():
            self.end()
        if self._shim.poll() is not None and not self._status.closed:
            self._read_reports(selector)
        if self._stop_reading_at is not None and not self._ending and time.monotonic() >= self._stop_reading_at:
            for descriptor in tuple(self._streams.readable):
                selector.unregister(descriptor)
                self._streams.stop(descriptor)

    def _read(self, descriptor: int, selector: selectors.BaseSelector, on_output: OnOutput) -> None:
        if descriptor not in self._streams.readable:
            self._read_reports(selector)
            return
        stream = self._streams.readable[descriptor]
        if data := read_some(descriptor):
            on_output(stream, data)
            return
        selector.unregister(descriptor)
        self._streams.stop(descriptor)

    def _read_reports(self, selector: selectors.BaseSelector) -> None:
        part = self._status.read(4096)
        self._reports += part
        *lines, self._reports = self._reports.split(b"\n")
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word == b"exit":
                self._exit_code = int(rest)
                self._stop_reading_at = time.monotonic() + READING_AFTER_END
            elif word == b"stopped":
                self._stopped = True
        if not part:
            selector.unregister(self._status)
            self._status.close()

    def _drain(self, on_output: OnOutput) -> None:
        """Hand on what the job wrote just before its end; kill what a shim that was killed left behind."""
        if self._exit_code is None:
            mark = f"MLPROJ_RUN_ID={self.job.run_id}".encode()
            process_tree.send(process_tree.orphans(self.pid, self._command_pid, mark), signal.SIGKILL)
        for descriptor, stream in tuple(self._streams.readable.items()):
            os.set_blocking(descriptor, False)
            try:
                while data := read_some(descriptor):
                    on_output(stream, data)
            except BlockingIOError:
                continue

    def _close(self) -> None:
        """Let go of everything. Without its lifeline the shim ends the job by itself; it is waited for."""
        self._streams.close()
        self._lifeline.close()
        self._status.close()
        self._shim.wait()


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _selector() -> selectors.BaseSelector:
    """On macOS neither kqueue nor poll can wait for a terminal."""
    return selectors.SelectSelector() if sys.platform == "darwin" else selectors.DefaultSelector()
