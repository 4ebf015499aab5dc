"""HTTP on a connection, within bounds: the head of a request may be neither very long nor very late."""

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mlproj.server.errors import envelope

LONGEST_HEAD = 1024 * 1024
_REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class BoundedProtocol(HttpToolsProtocol):
    """The parser keeps a head in memory until it is whole, before anybody knows who sends it."""

    latest_head = 60.0  # seconds
    _head = 0
    _reading = True
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._reading:
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self._refuse(431, f"The head of a request may have {LONGEST_HEAD} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._reading = False
        self._forget_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def _await_head(self) -> None:
        self._forget_timer()
        self._reading, self._head = True, 0
        text = "The head of the request did not come."
        self._timer = self.loop.call_later(self.latest_head, self._refuse, 408, text)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, text: str) -> None:
        """Answer, and hang up. Nobody is told: who sends such requests can send many."""
        self._forget_timer()
        if self.transport.is_closing():
            return
        content = orjson.dumps(envelope("BAD_REQUEST", text))
        head = (
            b"HTTP/1.1 %d %s" % (status, _REASONS[status]),
            b"content-type: application/json",
            b"content-length: %d" % len(content),
            b"x-content-type-options: nosniff",
            b"connection: close",
        )
        self.transport.write(b"\r\n".join((*head, b"", content)))
        self.transport.close()
