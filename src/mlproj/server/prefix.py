"""Serving below a path, behind a proxy that passes the path on."""

from typing import TYPE_CHECKING

from mlproj.server.access.guard import READING_METHODS, respond

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

UNPREFIXED = frozenset({"/health", "/version", "/metrics"})


class Prefixed:
    """Takes the prefix off the path. What watches a server may ask without it."""

    def __init__(self, app: "ASGIApp", prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        path = scope["path"]
        if path in UNPREFIXED:
            await self._app(scope, receive, send)
            return
        if path != self._prefix and not path.startswith(f"{self._prefix}/"):
            await respond(send, 404, "ENDPOINT_NOT_FOUND", f"Not Found: everything is below {self._prefix}/")
            return
        if path == self._prefix and scope["method"] in READING_METHODS:
            await self._to_front_page(send)
            return
        inner = path[len(self._prefix) :] or "/"
        await self._app({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)

    async def _to_front_page(self, send: "Send") -> None:
        """What the page names is relative to its address, which so has to end in a slash."""
        headers = [(b"location", f"{self._prefix}/".encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
