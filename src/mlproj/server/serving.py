"""The web server on a socket that already listens. Imported when something connects: it takes a while."""

import asyncio
import logging
import socket
from collections.abc import Callable

import uvicorn

IDLE = 3600  # seconds; a connection that a client thinks alive must not be closed under it
LAST_WORDS = 2  # seconds that requests have to end when the server stops

logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # no words on the terminal of the job


def serve(app: Callable[..., object], listening: socket.socket, stopping: socket.socket) -> None:
    """Serve until `stopping` can be read. Takes over `listening`; leaves nothing running."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=LAST_WORDS,
    )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_Server(config, stopping).serve(sockets=[listening]))


class _Server(uvicorn.Server):
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


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
