"""The door of a server with users: who comes in, and what they may do there."""

import asyncio
import re
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TYPE_CHECKING

from mlproj.server.access.credentials import Claim, Registrar, read_claim
from mlproj.server.access.guard import OPEN, READING_METHODS, respond
from mlproj.server.access.users import Role, User
from mlproj.server.calls import READING, USER
from mlproj.server.watching import SEEN

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FREE_FAILURES = 3
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0
FORGET_AFTER = 600.0
MOST_WAITING = 16
MOST_CLIENTS = 10_000
_SHARED = re.compile(
    r"/(?:ajax-)?api/[\d.]+/mlflow/(?:experiments/(?:delete|restore)|(?:registered-models|model-versions)/delete)/?"
)
_FILES = re.compile(r"/(?:ajax-)?api/[\d.]+/mlflow-artifacts/artifacts/[^/]*(?:/[^/]*)?/*", re.DOTALL)
"""Not the files of one run, but of an experiment, or the whole folder of a run."""
CHALLENGE = (b"www-authenticate", b'Basic realm="mlproj", charset="UTF-8"')


class Pauses:
    """How long a client that guesses has to wait: longer with each wrong guess."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def left(self, client: str, now: float) -> float:
        count, last = self._failures.get(client, (0, now))
        if now - last > FORGET_AFTER or count < FREE_FAILURES:
            return 0.0
        return max(0.0, last + min(FIRST_PAUSE * 2.0 ** (count - FREE_FAILURES), LONGEST_PAUSE) - now)

    def failed(self, client: str, now: float) -> None:
        count, last = self._failures.pop(client, (0, now))
        self._failures[client] = (1 if now - last > FORGET_AFTER else min(count + 1, 100), now)
        while len(self._failures) > MOST_CLIENTS:
            self._failures.popitem(last=False)

    def succeeded(self, client: str) -> None:
        self._failures.pop(client, None)


class AuthGate:
    """Puts the user who asks into the scope, or refuses."""

    def __init__(self, app: "ASGIApp", registrar: Registrar) -> None:
        self._app = app
        self._registrar = registrar
        self._pauses = Pauses()
        self._waiting: Counter[str] = Counter()
        self._checking = ThreadPoolExecutor(1, "mlproj-passwords")

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        claim = read_claim(header.decode("latin-1"))
        user = None if claim is None else self._registrar.known(claim)
        if claim is not None and user is None:
            client = (scope.get("client") or ("",))[0]
            if self._waiting[client] >= MOST_WAITING:
                await respond(send, 429, "RESOURCE_EXHAUSTED", "Too many wrong passwords: try again later")
                return
            user = await self._check(claim, client)
        if user is None:
            text = "No such user, or a wrong password or token" if claim else "This server asks who you are"
            await respond(send, 401, "UNAUTHENTICATED", text, CHALLENGE)
            return
        scope[USER] = user.name
        if (seen := scope.get(SEEN)) is not None:
            seen.user = user.name
        if not user.role.includes(needed := needed_role(scope["method"], scope["path"])):
            text = f"{user.name} may {user.role}, and this takes the role {needed}"
            await respond(send, 403, "PERMISSION_DENIED", text)
            return
        await self._app(scope, receive, send)

    async def _check(self, claim: Claim, client: str) -> User | None:
        """One password at a time, after the pause that the client's wrong ones have earned it."""
        self._waiting[client] += 1
        try:
            await asyncio.sleep(self._pauses.left(client, monotonic()))
            user = None
            if claim.name:
                user = await asyncio.get_running_loop().run_in_executor(self._checking, self._registrar.check, claim)
            if user is None:
                self._pauses.failed(client, monotonic())
            else:
                self._pauses.succeeded(client)
            return user
        finally:
            self._waiting[client] -= 1
            self._waiting += Counter()  # forgets who waits no longer


def needed_role(method: str, path: str) -> Role:
    """What is shared by all may be deleted by an admin only."""
    if method in READING_METHODS or (method == "POST" and path.rpartition("/")[2].startswith(READING)):
        return Role.READ
    if method == "DELETE" and _FILES.fullmatch(path):
        return Role.ADMIN
    return Role.ADMIN if _SHARED.fullmatch(path) else Role.WRITE
