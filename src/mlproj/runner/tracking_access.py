"""Where the command logs to: an embedded server over a store that we opened ourselves, else the server that we use."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeGuard
from urllib.parse import urlsplit, urlunsplit

from mlproj.config import Settings
from mlproj.server.access.tokens import derive_url
from mlproj.server.embedded import CONTAINERS, EmbeddedServer
from mlproj.tracking.base import LocalStore, Store

if TYPE_CHECKING:
    from mlproj.runner.containers.ways import Engine

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_ours(store: Store) -> TypeGuard[LocalStore]:
    """Whether we opened the store ourselves, so that it takes a server of ours to reach it."""
    return not store.uri.startswith(("http://", "https://"))


class TrackingAccess:
    """A tracking URI for each run, for as long as the block lasts; with an `engine`, as its containers see it."""

    def __init__(
        self, store: Store, settings: Settings, *, on_note: Callable[[str], None], engine: "Engine | None" = None
    ) -> None:
        self._uri = settings.tracking_uri or ""
        self._gateway = None if engine is None else engine.gateway
        self._named = engine is not None and engine.reach not in {"loopback", "none"}
        gateways = [self._gateway] if self._gateway else []
        self._server = EmbeddedServer(store, on_note=on_note, also_on=gateways) if is_ours(store) else None
        self._relayed: int | None = None
        self._opened = ExitStack()

    def url_for(self, run_id: str) -> str:
        """What the command gets as MLFLOW_TRACKING_URI. Inside another run its server is used, in this run's name."""
        if self._server is not None:
            if self._named:
                return self._server.url_for(run_id, host=CONTAINERS, address=self._gateway)
            return self._server.url_for(run_id)
        uri = derive_url(self._uri, run_id) or self._uri
        return self._as_seen(uri) if self._named else uri

    def secrets_for(self, run_id: str) -> tuple[str, ...]:
        """What of the URI nobody else should read: clients print it."""
        uri = self.url_for(run_id)
        return () if derive_url(uri, run_id) is None else (uri.rpartition("/")[2],)

    def is_here(self) -> bool:
        """Whether the server that is logged to is one of this machine's, so that others may not reach it."""
        return self._server is not None or urlsplit(self._uri).hostname in LOOPBACK

    def _as_seen(self, uri: str) -> str:
        """A server on this machine's loopback, by the name and port that lead there from a container."""
        parts = urlsplit(uri)
        if parts.hostname not in LOOPBACK:
            return uri
        port = self._relayed or parts.port or (443 if parts.scheme == "https" else 80)
        # Servers answer to addresses of private networks more readily than to names.
        host = self._gateway if self._relayed and self._gateway and not parts.path.strip("/") else CONTAINERS
        return urlunsplit((parts.scheme, f"{host}:{port}", parts.path, parts.query, parts.fragment))

    def __enter__(self) -> Self:
        if self._server is not None:
            self._server.start()
        elif self._gateway and self.is_here():
            from mlproj.runner.containers.relay import Relay

            parts = urlsplit(self._uri)
            relay = Relay(self._gateway, parts.port or (443 if parts.scheme == "https" else 80))
            self._relayed = self._opened.enter_context(relay).port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()
        if self._server is not None:
            self._server.stop()
