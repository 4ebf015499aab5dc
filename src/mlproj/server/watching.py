"""What a server tells of itself: a line of JSON for each request, and numbers for Prometheus."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import orjson

from mlproj.system.clock import now_ms
from mlproj.version import VERSION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SEEN = "mlproj.seen"  # in a request's scope: what the layers further in know of it
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
KIND = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True, kw_only=True)
class Seen:
    """`route` is the path as the API has it, so that ids do not make numbers of their own."""

    route: str = ""
    user: str | None = None
    status: int = 0
    sent: int = 0


class Numbers:
    """Counts of requests by method, route and status, and how long they took by route."""

    def __init__(self) -> None:
        self._started = time.time()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, float] = {}
        self._buckets: dict[str, list[int]] = {}
        self.in_flight = 0

    def count(self, method: str, seen: Seen, seconds: float) -> None:
        route = seen.route or "other"
        self._requests[(method if method in METHODS else "other", route, seen.status)] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds
        buckets = self._buckets.setdefault(route, [0] * (len(BUCKETS) + 1))
        buckets[next((index for index, most in enumerate(BUCKETS) if seconds <= most), len(BUCKETS))] += 1

    async def answer(self, _: "Request") -> "Response":
        from starlette.responses import Response

        return Response("\n".join((*self._lines(), "")), media_type=KIND)

    def _lines(self) -> Iterator[str]:
        yield from ("# TYPE mlproj_info gauge", f'mlproj_info{{version="{VERSION}"}} 1')
        yield from ("# TYPE process_start_time_seconds gauge", f"process_start_time_seconds {self._started:.3f}")
        yield from ("# TYPE process_resident_memory_bytes gauge", f"process_resident_memory_bytes {_memory()}")
        yield from ("# TYPE mlproj_requests_in_flight gauge", f"mlproj_requests_in_flight {self.in_flight}")
        yield "# TYPE mlproj_requests_total counter"
        for (method, route, status), count in sorted(self._requests.items()):
            yield f'mlproj_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
        yield "# TYPE mlproj_request_seconds histogram"
        for route, counts in sorted(self._buckets.items()):
            below = 0
            for most, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                below += count
                yield f'mlproj_request_seconds_bucket{{route="{route}",le="{most}"}} {below}'
            yield f'mlproj_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'mlproj_request_seconds_count{{route="{route}"}} {below}'


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
            self._numbers.count(scope["method"], seen, seconds)
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


def _memory() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
