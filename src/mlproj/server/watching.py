"""What a server tells of itself: a line of JSON for each request, and numbers for Prometheus."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import orjson

from mlproj.server.numbers import KIND, Family, Numbers, exposition
from mlproj.system.clock import now_ms

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SEEN = "mlproj.seen"  # in a request's scope: what the layers further in know of it


@dataclass(slots=True, kw_only=True)
class Seen:
    """`route` is the path as the API has it, so that ids do not make numbers of their own."""

    route: str = ""
    user: str | None = None
    status: int = 0
    sent: int = 0


def answering(families: Callable[[], list[Family]]) -> "Callable[[Request], Response]":
    """The endpoint of Prometheus: called in a thread, since it may ask other workers."""

    def answer(_: "Request") -> "Response":
        from starlette.responses import Response

        return Response(exposition(families()), media_type=KIND)

    return answer


class Watched:
    """Sees every request, those that are refused too. `log` gets the lines; None: nobody wants them."""

    def __init__(self, app: "ASGIApp", numbers: Numbers, log: Callable[[bytes], None] | None) -> None:
        self._app = app
        self._numbers = numbers
        self._log = log

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        seen = scope[SEEN] = Seen()
        started = time.perf_counter()

        async def send_seen(message: "Message") -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            else:
                seen.sent += len(message.get("body", b""))
            await send(message)

        self._numbers.in_flight += 1
        try:
            await self._app(scope, receive, send_seen)
        finally:
            self._numbers.in_flight -= 1
            seconds = time.perf_counter() - started
            self._numbers.count(scope["method"], seen.route, seen.status, seconds)
            if self._log is not None:
                self._log(_line(scope, seen, seconds))


def writing_to(file: TextIO) -> Callable[[bytes], None]:
    """Lines into a file, each at once. A disk that is full costs lines, not requests."""

    def write(line: bytes) -> None:
        try:
            file.write(line.decode())
            file.flush()
        except OSError:
            return

    return write


def _line(scope: "Scope", seen: Seen, seconds: float) -> bytes:
    """Without the query and the headers, which may hold what nobody should read."""
    client = scope.get("client")
    entry = {
        "time": now_ms(),
        "client": client[0] if client else None,
        "user": seen.user,
        "method": scope["method"],
        "path": scope["path"],
        "status": seen.status,
        "bytes": seen.sent,
        "seconds": round(seconds, 6),
    }
    return orjson.dumps(entry) + b"\n"
