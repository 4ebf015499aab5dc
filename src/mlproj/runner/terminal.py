"""The user's terminal while a job on a pty has it: every key goes to the job, and all is restored afterwards."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

CTRL_C = b"\x03"
WINDOW = 3.0
ENOUGH = 3
SETTLE = 0.1
_OUTPUT_FLAGS = 1  # in what tcgetattr answers


class UserTerminal:
    """Standard input, in raw mode within the block while we are in the foreground.

    Ctrl-C reaches the job as a key, so that debuggers can use it. The third within 3 s calls `on_insist`.
    """

    def __init__(self, on_note: Callable[[str], None], on_insist: Callable[[], None], *, descriptor: int = 0) -> None:
        self.was_interrupted = False
        self._on_note = on_note
        self._on_insist = on_insist
        self._descriptor = descriptor
        self._presses: list[float] = []
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def fileno(self) -> int:
        return self._descriptor

    def take(self) -> bool:
        """Set raw mode, if we are in the foreground: in the background that would stop us."""
        import termios
        import tty

        if not self._is_ours():
            self._before = None  # the shell has restored it when it took the terminal from us
            return False
        if self._before is None:
            try:
                before = termios.tcgetattr(self._descriptor)
                tty.setraw(self._descriptor, termios.TCSADRAIN)
            except termios.error:  # it was hung up
                return False
            self._before = before
        return True

    def read(self) -> bytes:
        try:
            typed = os.read(self._descriptor, 1024)
        except OSError:  # the terminal was hung up
            return b""
        for _ in range(typed.count(CTRL_C)):
            self._count_interrupt()
        return typed

    def size(self) -> tuple[int, int] | None:
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            return None
        return rows, columns

    def suspend(self) -> None:
        """What Ctrl-Z does to a program: our whole process group stops, with the terminal as it was before us."""
        self._restore()
        os.kill(0, signal.SIGTSTP)
        time.sleep(SETTLE)  # with more threads than one the signal may take a moment
        self.take()

    def _count_interrupt(self) -> None:
        self.was_interrupted = True
        now = time.monotonic()
        self._presses = [*(press for press in self._presses if now - press < WINDOW), now]
        if len(self._presses) == ENOUGH - 1:
            self._say("press Ctrl-C once more to end the run")
        elif len(self._presses) >= ENOUGH:
            if len(self._presses) == ENOUGH:
                self._say("ending the run")
            self._on_insist()

    def _say(self, text: str) -> None:
        """In raw mode a line feed does not return to the left, so output is as it was before; the keys stay raw."""
        import termios

        raw = None
        with contextlib.suppress(termios.error):
            raw = termios.tcgetattr(self._descriptor)
            readable = list(raw)
            readable[_OUTPUT_FLAGS] = (self._before or raw)[_OUTPUT_FLAGS]
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, readable)
        try:
            self._on_note(text)
        finally:
            if raw is not None:
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, raw)

    def _is_ours(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return False

    def _restore(self) -> None:
        import termios

        if self._before is not None and self._is_ours():
            with contextlib.suppress(termios.error):  # hung up
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
        self._before = None
