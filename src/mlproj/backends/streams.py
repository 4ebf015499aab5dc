"""The three streams of a job: a pipe each for stdout and stderr, or one pty."""

import contextlib
import os
import subprocess

STDERR = 2


class Streams:
    """Both sides of a job's streams; `readable` maps a descriptor of ours to the stream's name."""

    def __init__(self, *, terminal: bool) -> None:
        self.readable: dict[int, str] = {}
        self.master: int | None = None
        self._child_side: set[int] = set()
        _occupy_standard_descriptors()
        try:
            if terminal:
                self.child_stdin = self.child_stdout = self.child_stderr = self._open_terminal()
            else:
                self.child_stdin = _stdin()
                self.child_stdout = self._open_pipe("stdout")
                self.child_stderr = self._open_pipe("stderr")
        except BaseException:
            self.close()
            raise

    def _open_terminal(self) -> int:
        self.master, slave = _open_pty()
        self.readable[self.master] = "terminal"
        self._child_side.add(slave)
        return slave

    def _open_pipe(self, stream: str) -> int:
        reader, writer = os.pipe()
        self.readable[reader] = stream
        self._child_side.add(writer)
        return writer

    def let_go_of_child_side(self) -> None:
        """Close what the job has now, so that its end is seen here."""
        while self._child_side:
            os.close(self._child_side.pop())

    def stop(self, descriptor: int) -> None:
        """Read no more from one stream."""
        del self.readable[descriptor]
        if descriptor == self.master:
            self.master = None
        os.close(descriptor)

    def close(self) -> None:
        self.let_go_of_child_side()
        for descriptor in tuple(self.readable):
            self.stop(descriptor)

    def resize(self, rows: int, columns: int) -> None:
        """Tell the job's pty the size of its window; the job gets SIGWINCH if it changed."""
        import termios

        if self.master is not None:
            termios.tcsetwinsize(self.master, (rows, columns))


def read_some(descriptor: int) -> bytes | None:
    """What is there to read; empty at the end, None if there is nothing yet."""
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return None
    except OSError:  # a pty whose other side is closed answers EIO on Linux
        return b""


def _occupy_standard_descriptors() -> None:
    """Where one of ours was closed (`<&-`), a pipe would take its number and the job would take it for our stdin."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        pass
    os.close(descriptor)


def _open_pty() -> tuple[int, int]:
    """A pty of the size of the user's terminal; with its settings, if it is not at work for somebody else just now."""
    import termios

    master, slave = os.openpty()
    os.set_blocking(master, False)
    with contextlib.suppress(termios.error, OSError):
        termios.tcsetwinsize(slave, termios.tcgetwinsize(0))
        if os.tcgetpgrp(0) == os.getpgrp():
            termios.tcsetattr(slave, termios.TCSANOW, termios.tcgetattr(0))
    return master, slave


def _stdin() -> int:
    """Our own stdin, unless it is a terminal that is not ours to read: the job would take keys meant for others."""
    if not os.isatty(0):
        return 0
    try:
        return 0 if os.tcgetpgrp(0) == os.getpgrp() else subprocess.DEVNULL
    except OSError:
        return subprocess.DEVNULL
