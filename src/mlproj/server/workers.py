"""Several processes behind one socket: each opens the store for itself and answers whom it gets hold of first."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from types import FrameType

Serve = Callable[[Callable[[], None], int], int]

AGAIN_AFTER = 1.0
LOOK_EVERY = 0.1
ENDING = (signal.SIGINT, signal.SIGTERM)


def serve_in_workers(count: int, serve: Serve, *, on_ready: Callable[[], None]) -> int:
    """Fork workers that call `serve` with what to call when it answers, and a number; gives the signal that ended all.

    A worker that dies is replaced; all end when their parent dies. The caller must have neither threads nor
    connections, which a fork does not carry.
    """
    workers = _Workers(serve)
    before = {number: signal.signal(number, workers.end) for number in ENDING}
    try:
        for number in range(1, count + 1):
            workers.add(number)
        workers.watch(count, on_ready)
    finally:
        workers.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    return workers.ended_by


class _Workers:
    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._numbers: dict[int, int] = {}
        self._ready, self._told = os.pipe()
        self._orphaned, self._alive = os.pipe()
        self.ended_by = 0

    def add(self, number: int) -> None:
        with _signals_held():
            self._numbers[_fork(lambda: self._work(number))] = number

    def end(self, number: int, _: FrameType | None) -> None:
        self.ended_by = self.ended_by or number
        for pid in self._numbers:
            _send(pid, signal.SIGTERM)

    def watch(self, count: int, on_ready: Callable[[], None]) -> None:
        """Until the last one is gone."""
        while self._numbers:
            if count and select.select([self._ready], [], [], LOOK_EVERY)[0]:
                count -= len(os.read(self._ready, count))
                if not count:
                    on_ready()
            pid, _ = os.waitpid(-1, os.WNOHANG if count else 0)
            if pid in self._numbers:
                self._replace(pid)

    def close(self) -> None:
        for descriptor in (self._ready, self._told, self._orphaned, self._alive):
            os.close(descriptor)

    def _replace(self, pid: int) -> None:
        number = self._numbers.pop(pid)
        if not self.ended_by:
            time.sleep(AGAIN_AFTER)
        if not self.ended_by:
            self.add(number)

    def _work(self, number: int) -> None:
        os.close(self._alive)
        Thread(target=_end_as_orphan, args=(self._orphaned,), name="mlproj-parent", daemon=True).start()
        self._serve(lambda: _tell(self._told), number)


@contextmanager
def _signals_held() -> Iterator[None]:
    """A signal comes when all workers are known."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _fork(work: Callable[[], None]) -> int:
    """A worker never returns from here."""
    if pid := os.fork():
        return pid
    code = 70
    try:
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        work()
        code = 0
    except BaseException as error:  # noqa: BLE001 - the end of this process
        print(f"mlproj: error: a worker ended: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its last word
    finally:
        os._exit(code)


def _end_as_orphan(orphaned: int) -> None:
    """The parent never writes: what can be read is its end."""
    os.read(orphaned, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(told: int) -> None:
    os.write(told, b".")


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
