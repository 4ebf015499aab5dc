"""Signals that end us, as exceptions, so that what was begun is ended in order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mlproj.errors import MlprojError, Terminated


class CancelledEarlyError(MlprojError):
    """Another process asked for the end while no job was running yet."""

    exit_code = 143

    def __init__(self) -> None:
        super().__init__("cancelled before the command was started")


@contextmanager
def termination_raised() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP raise Terminated. Off the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        raise Terminated(number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:  # nohup: the caller wants us to live on
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)
