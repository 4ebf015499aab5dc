"""From a submitted job to how it ended: output, signals, time limit, requests of other processes."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from mlproj.backends.base import JobHandle
from mlproj.errors import JobLostError
from mlproj.runner.echo import Echo
from mlproj.runner.output import OutputLog
from mlproj.runner.terminal import UserTerminal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EndReason(StrEnum):
    """Why a job is over."""

    FINISHED = "finished"  # exit code 0
    FAILED = "failed"  # another exit code of its own
    OUT_OF_MEMORY = "out_of_memory"  # killed because it took more than it was given
    KILLED = "killed"  # by a signal that we did not send
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"  # SIGINT to us, or Ctrl-C
    TERMINATED = "terminated"  # SIGTERM to us
    HANGUP = "hangup"  # SIGHUP to us
    CANCELLED = "cancelled"  # another process asked for it
    LOST = "lost"  # gone without an exit code


EXIT_CODES = {
    EndReason.TIMEOUT: 124,
    EndReason.INTERRUPTED: 130,
    EndReason.TERMINATED: 143,
    EndReason.HANGUP: 129,
    EndReason.CANCELLED: 143,
    EndReason.LOST: 137,
}
"""Ours, whatever the command made of the signals that it got."""

_BY_SIGNAL = {
    signal.SIGINT: EndReason.INTERRUPTED,
    signal.SIGTERM: EndReason.TERMINATED,
    signal.SIGHUP: EndReason.HANGUP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended; `exit_code` is what `mlproj run` ends with."""

    exit_code: int
    reason: EndReason


def supervise(
    handle: JobHandle,
    *,
    log: OutputLog,
    timeout: float | None = None,
    terminal: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    echo: bool = True,
    to_stderr: bool = False,
    on_note: Callable[[str], None] = lambda _: None,
    stop_signals: Sequence[signal.Signals] = STOP_SIGNALS,
) -> Ended:
    """Follow a job to its end; `terminal` if it was submitted with a pty. The log is not closed.

    It is ended when its time is over, when `cancelled` answers true or `request_end` was called for it, and by the
    signals; a second signal hurries. They are listened to in the main thread only, and are as before afterwards. `echo`
    shows the output as it comes, on standard error alone if `to_stderr`; `on_note` takes a word to the user.
    """
    watch = _Watch(timeout=timeout, cancelled=lambda: handle.is_end_requested() or cancelled())
    screen = Echo(to_stderr=to_stderr) if echo else None

    def gives_up() -> bool:
        """Called while nobody reads our own output: the job must still be ended when it should."""
        if watch.asks_to_end():
            handle.end()
        return watch.reason is not None

    def on_output(stream: str, data: bytes) -> None:
        log.write(stream, data)
        if screen is not None:
            screen.write(stream, data, gives_up)

    with watch.listening(stop_signals), ExitStack() as stack:
        keyboard = stack.enter_context(UserTerminal(on_note, watch.interrupt)) if terminal else None
        try:
            code = handle.wait(on_output, poll=watch.asks_to_end, terminal=keyboard)
        except JobLostError:
            return Ended(exit_code=EXIT_CODES[EndReason.LOST], reason=EndReason.LOST)
    if code == EXIT_CODES[EndReason.INTERRUPTED] and keyboard is not None and keyboard.was_interrupted:
        watch.reason = watch.reason or EndReason.INTERRUPTED
    return _judge(code, watch.reason, out_of_memory=handle.out_of_memory)


def _judge(code: int, reason: EndReason | None, *, out_of_memory: bool) -> Ended:
    if reason is not None:
        return Ended(exit_code=EXIT_CODES[reason], reason=reason)
    if code == 0:
        return Ended(exit_code=0, reason=EndReason.FINISHED)
    if out_of_memory:
        return Ended(exit_code=code, reason=EndReason.OUT_OF_MEMORY)
    killed = code - 128 in signal.valid_signals()
    return Ended(exit_code=code, reason=EndReason.KILLED if killed else EndReason.FAILED)


class _Watch:
    """Every reason to end a job before it ends by itself; the first one counts."""

    def __init__(self, *, timeout: float | None, cancelled: Callable[[], bool]) -> None:
        self.reason: EndReason | None = None
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._cancelled = cancelled
        self._signals: list[int] = []

    def interrupt(self) -> None:
        """As if SIGINT had come."""
        self._signals.append(signal.SIGINT)

    def asks_to_end(self) -> bool:
        """True once for each request: the job handle takes the second as a wish to hurry."""
        if self._signals:
            reason = _BY_SIGNAL[signal.Signals(self._signals.pop(0))]
            self.reason = self.reason or reason
            return True
        if self.reason is None:
            self.reason = self._reason_without_signal()
            return self.reason is not None
        return False

    def _reason_without_signal(self) -> EndReason | None:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return EndReason.TIMEOUT
        return EndReason.CANCELLED if self._cancelled() else None

    @contextmanager
    def listening(self, numbers: Sequence[signal.Signals]) -> Iterator[None]:
        """Take note of signals instead of dying of them; those that were ignored (nohup) stay ignored."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in numbers}
        ours = [number for number, action in before.items() if action not in {None, signal.SIG_IGN}]
        try:
            for number in ours:
                signal.signal(number, lambda received, _: self._signals.append(received))
            yield
        finally:
            for number in ours:
                signal.signal(number, before[number])
