"""Who may talk to the server: names in the Host header, and the Origin of pages (DNS rebinding, foreign forms)."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import orjson

from mlproj.server.access.hosts import Hosts
from mlproj.server.errors import envelope

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = frozenset({"/health"})
HEADERS = ((b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"SAMEORIGIN"))


def origin_allowed(method: str, origin: str | None, host: str) -> bool:
    """A page may change something only on the server that it came from."""
    if method in READING_METHODS or origin is None:
        return True
    return origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}


class Guard:
    """The outermost layer: refuses strangers, and lets no exception out to the web server, which would print it."""

    def __init__(self, app: "ASGIApp", *, hosts: Hosts, on_error: Callable[[BaseException], None]) -> None:
        self._app = app
        self._hosts = hosts
        self._on_error = on_error

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        begun = False

        async def send_guarded(message: "Message") -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        if reason := self._refusal(scope):
            await respond(send_guarded, 403, "PERMISSION_DENIED", reason)
            return
        if not _is_text(scope.get("raw_path") or b""):
            text = "Invalid path: it is not UTF-8, and so names nothing here"
            await respond(send_guarded, 400, "INVALID_PARAMETER_VALUE", text)
            return
        try:
            await self._app(scope, receive, send_guarded)
        except asyncio.CancelledError:
            if not begun:
                text = "The server stops, and did not wait for this request: try again when it is back"
                await respond(send_guarded, 503, "TEMPORARILY_UNAVAILABLE", text)
            raise
        except Exception as error:  # noqa: BLE001 - the application has answered, if anybody still listens
            if not _disconnected(error):
                self._on_error(error)

    def _refusal(self, scope: "Scope") -> str:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            return "Invalid Host header: there are several"
        if scope["path"] not in OPEN and not self._hosts(host):
            return self._hosts.refusal(host)
        if not origin_allowed(scope["method"], headers.get(b"origin"), host):
            return "Cross-origin request refused"
        return ""


async def respond(send: "Send", status: int, code: str, message: str, *more: tuple[bytes, bytes]) -> None:
    """Answer with an error, outside of any application."""
    body = orjson.dumps(envelope(code, message))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_text(path: bytes) -> bool:
    """The web server puts a sign in the place of bytes that are none, so different names would be one."""
    if b"%" not in path:
        return True
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    return True


def _disconnected(error: Exception) -> bool:
    from starlette.requests import ClientDisconnect

    return isinstance(error, ClientDisconnect)
