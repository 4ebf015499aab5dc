"""The door of the embedded server: the first segment of the path is a run's token."""

from typing import TYPE_CHECKING

from mlproj.server.access.guard import respond
from mlproj.server.access.tokens import caller

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

CALLER = "mlproj.run_id"  # in a request's scope: the run that calls


class TokenGate:
    """Takes the token off the path and puts the id of the run that holds it into the scope."""

    def __init__(self, app: "ASGIApp", secret: str) -> None:
        self._app = app
        self._secret = secret

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        given, _, rest = scope["path"].removeprefix("/").partition("/")
        run_id = caller(given, self._secret)
        if run_id is None:
            await respond(
                send, 403, "PERMISSION_DENIED", "No or wrong token: use the tracking URI that the run was given"
            )
            return
        path = f"/{rest}"
        await self._app({**scope, "path": path, "raw_path": path.encode(), CALLER: run_id}, receive, send)
