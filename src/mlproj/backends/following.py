"""The loop that follows one job: its output out, the keyboard in, the shim's reports."""

import os
import selectors
import sys
import time
from collections.abc import Callable

from mlproj.backends.base import OnOutput, Terminal
from mlproj.backends.shim_link import ShimLink
from mlproj.backends.streams import Streams, read_some

TICK = 0.2
READING_AFTER_END = 1.0


class Following:
    """One job until its shim is gone."""

    def __init__(self, link: ShimLink, streams: Streams, on_output: OnOutput, terminal: Terminal | None) -> None:
        self._link = link
        self._streams = streams
        self._on_output = on_output
        self._terminal = terminal if streams.master is not None else None
        self._selector = _selector(terminal=streams.master is not None)
        self._exit_code: int | None = None
        self._stop_reading_at: float | None = None
        self._listening = False
        self._typed = b""
        self._size: tuple[int, int] | None = None

    def to_end(self, asked_to_end: Callable[[], bool]) -> int | None:
        """The command's exit code, None if the shim died without telling. `asked_to_end` is called every tick."""
        with self._selector:
            self._selector.register(self._link, selectors.EVENT_READ)
            for descriptor in self._streams.readable:
                self._selector.register(descriptor, selectors.EVENT_READ)
            self._hear_shim()
            if self._terminal is not None:
                self._attend(self._terminal)
            next_tick = 0.0
            while not self._link.over:
                for key, events in self._selector.select(TICK):
                    self._serve(key.fd, events)
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + TICK
                    self._tick(ending=asked_to_end())
            self._drain()
        return self._exit_code

    def _tick(self, *, ending: bool) -> None:
        self._hear_shim()
        if self._stop_reading_at is not None and time.monotonic() >= self._stop_reading_at and not ending:
            for descriptor in tuple(self._streams.readable):
                self._stop_reading(descriptor)
        if self._terminal is not None:
            self._attend(self._terminal)

    def _serve(self, descriptor: int, events: int) -> None:
        if descriptor == self._link.fileno():
            self._hear_shim()
        elif descriptor not in self._streams.readable:
            self._hear_keyboard()
        elif events & selectors.EVENT_WRITE:
            self._type()
        else:
            self._hear_job(descriptor)

    def _hear_job(self, descriptor: int) -> None:
        data = read_some(descriptor)
        if data:
            self._on_output(self._streams.readable[descriptor], data)
        elif data is not None:
            self._stop_reading(descriptor)

    def _hear_shim(self) -> None:
        for word, rest in self._link.reports():
            if word == "exit":
                self._exit_code = int(rest)
                self._stop_reading_at = time.monotonic() + READING_AFTER_END
            elif word == "stopped" and self._terminal is not None:
                self._terminal.suspend()
                self._link.resume()

    def _stop_reading(self, descriptor: int) -> None:
        if descriptor == self._streams.master:
            self._stop_listening()
        self._selector.unregister(descriptor)
        self._streams.stop(descriptor)

    def _drain(self) -> None:
        """Hand on what was written just before the end."""
        for descriptor, stream in tuple(self._streams.readable.items()):
            os.set_blocking(descriptor, False)
            while data := read_some(descriptor):
                self._on_output(stream, data)

    def _attend(self, terminal: Terminal) -> None:
        """Listen to the keyboard while it is ours, and pass on the size of the window."""
        if self._streams.master is None:
            return
        if not terminal.take():
            self._stop_listening()
        elif not self._listening and not self._typed:
            self._selector.register(terminal, selectors.EVENT_READ)
            self._listening = True
        size = terminal.size()
        if size is not None and size != self._size:
            self._streams.resize(*size)
            self._size = size

    def _stop_listening(self) -> None:
        if self._listening and self._terminal is not None:
            self._selector.unregister(self._terminal)
        self._listening = False

    def _hear_keyboard(self) -> None:
        if self._terminal is None:
            return
        self._typed = self._terminal.read()
        if not self._typed:
            self._stop_listening()
            self._terminal = None
        self._type()

    def _type(self) -> None:
        """Give the pty what it takes; it is asked again when it has room, and the keyboard waits until then."""
        master = self._streams.master
        if master is None:
            return
        try:
            self._typed = self._typed[os.write(master, self._typed) :]
        except BlockingIOError:
            pass
        except OSError:  # nobody has the other side any more
            self._typed = b""
        events = selectors.EVENT_READ
        if self._typed:
            self._stop_listening()
            events |= selectors.EVENT_WRITE
        self._selector.modify(master, events)


def _selector(*, terminal: bool) -> selectors.BaseSelector:
    """On macOS neither kqueue nor poll can wait for a terminal."""
    return selectors.SelectSelector() if terminal and sys.platform == "darwin" else selectors.DefaultSelector()
