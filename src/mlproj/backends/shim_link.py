"""The supervisor's end of a shim: a lifeline that carries orders, and the shim's reports."""

import contextlib
import os
import select
import subprocess
from collections.abc import Sequence

from mlproj.backends import shepherd
from mlproj.errors import BackendError

PATIENCE_MS = 200


class ShimLink:
    """A running shim. `over` turns true when it will report no more."""

    def __init__(self, argv: Sequence[str], *, stdin: int, stdout: int, stderr: int) -> None:
        """Start the shim, in a session of its own; nothing of ours but the two pipes is open in it. Raises OSError."""
        reader, lifeline = os.pipe()
        try:
            status, writer = os.pipe()
        except OSError:
            os.close(reader)
            os.close(lifeline)
            raise
        try:
            self._shim = subprocess.Popen(
                [*argv, str(reader), str(writer)],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(reader, writer),
                start_new_session=True,
            )
        except BaseException:
            os.close(lifeline)
            os.close(status)
            raise
        finally:
            os.close(reader)
            os.close(writer)
        self.pid = self._shim.pid
        self.over = False
        self._lifeline = open(lifeline, "wb", buffering=0)  # noqa: PTH123, SIM115 - a descriptor, closed by `close`
        self._status = open(status, "rb", buffering=0)  # noqa: PTH123, SIM115
        self._unread = b""
        self._early: list[tuple[str, str]] = []
        os.set_blocking(status, False)

    def fileno(self) -> int:
        """What becomes readable when the shim has something to report."""
        return self._status.fileno()

    def hand_over(self, spec: bytes) -> int:
        """Give the shim its job and wait until the command runs; gives the command's pid. Raises BackendError."""
        reports: list[tuple[str, str]] = []
        with contextlib.suppress(BrokenPipeError):
            view = memoryview(spec)
            while view:
                view = view[self._lifeline.write(view) or 0 :]
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        while not reports and not self.over:
            poll.poll(PATIENCE_MS)
            reports = self.reports()
        if reports and reports[0][0] == "started":
            self._early = reports[1:]
            return int(reports[0][1])
        problem = reports[0][1] if reports else f"the shim ended with exit code {self._shim.wait()}"
        raise BackendError(f"cannot start the command: {problem}")

    def reports(self) -> list[tuple[str, str]]:
        """What the shim said since the last call: a word and the rest of the line."""
        # Looked at first, so that nothing it said is missed. The pipe alone does not tell: a process that another
        # thread of ours forked may hold it open.
        gone = self._shim.poll() is not None
        part = self._status.read(1 << 16)
        if part == b"" or (part is None and gone):
            self.over = True
        *lines, self._unread = (self._unread + (part or b"")).split(b"\n")
        words = [os.fsdecode(line).partition(" ") for line in lines]
        self.over = self.over or any(word == "over" for word, _, _ in words)
        early, self._early = self._early, []
        return early + [(word, rest) for word, _, rest in words]

    def end(self) -> None:
        """Order the end of the tree; again: without waiting."""
        self._order(shepherd.END)

    def resume(self) -> None:
        """Order a stopped tree to go on."""
        self._order(shepherd.CONTINUE)

    def close(self) -> bool:
        """Let go of the shim, which then ends its job, and wait for it; whether it ended as it should."""
        self._order(shepherd.LEAVE)  # a forked process may hold our end open
        self._lifeline.close()
        self._status.close()
        return self._shim.wait() == 0

    def _order(self, word: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # it is over, or closed
            self._lifeline.write(word)
