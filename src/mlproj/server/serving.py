"""The web server on a socket that already listens. Imported when something connects: it takes a while."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from mlproj.server.protocol import BoundedProtocol

IDLE = 3600  # seconds; a connection that a client thinks alive must not be closed under it
IDLE_IN_THE_OPEN = 300
LOOK_EVERY = 0.05
LAST_WORDS = 2  # seconds that requests have to end when the server stops

logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # no words on the terminal of the job


def serve(app: Callable[..., object], listening: Sequence[socket.socket], stopping: socket.socket) -> None:
    """Serve until `stopping` can be read. Takes over `listening`; leaves nothing running."""
    _run(_Embedded(_config(app, idle=IDLE, grace=LAST_WORDS), stopping), listening)


def serve_until_signal(
    app: Callable[..., object],
    listening: socket.socket,
    *,
    on_ready: Callable[[], None],
    grace: float,
    certificate: tuple[Path, Path] | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM; gives the signal. Requests under way have `grace` seconds to end."""
    config = _config(app, idle=IDLE_IN_THE_OPEN, grace=grace, certificate=certificate)
    server = _Standalone(config, on_ready)
    _run(server, [listening])
    return server.signal


class _Ending(uvicorn.Server):
    """Hangs up on every connection when it stops. The original forgets those that it accepts at the last moment.

    Such a one would go on for as long as its client has requests, and be cut off in the middle of the last.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hanging_up = asyncio.create_task(self._hang_up())
        try:
            await super().shutdown(sockets)
        finally:
            hanging_up.cancel()

    async def _hang_up(self) -> None:
        """After what is under way, at once where nothing is."""
        while True:
            for connection in list(self.server_state.connections):
                connection.shutdown()
            await asyncio.sleep(LOOK_EVERY)


class _Embedded(_Ending):
    """Stops at once when it is told to; the original looks ten times a second."""

    def __init__(self, config: uvicorn.Config, stopping: socket.socket) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._stopping, stopped.set)
        try:
            await stopped.wait()
        finally:
            loop.remove_reader(self._stopping)


class _Standalone(_Ending):
    """Stops at a signal, and does not raise it again."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self.signal = 0

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number, stopped)
        self._on_ready()
        await stopped.wait()

    def _stop(self, number: int, stopped: asyncio.Event) -> None:
        self.force_exit = number == self.signal
        self.signal = self.signal or number
        stopped.set()


def _config(
    app: Callable[..., object], *, idle: int, grace: float, certificate: tuple[Path, Path] | None = None
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=idle,
        timeout_graceful_shutdown=round(grace),
        ssl_certfile=certificate and certificate[0],
        ssl_keyfile=certificate and certificate[1],
    )


def _run(server: uvicorn.Server, listening: Sequence[socket.socket]) -> None:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(server.serve(sockets=list(listening)))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
