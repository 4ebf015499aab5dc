"""Where the command logs to: an embedded server over a store that we opened ourselves, else the server that we use."""

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeGuard

from mlproj.config import Settings
from mlproj.server.embedded import EmbeddedServer
from mlproj.server.tokens import derive_url
from mlproj.tracking.base import LocalStore, Store


def is_ours(store: Store) -> TypeGuard[LocalStore]:
    """Whether we opened the store ourselves, so that it takes a server of ours to reach it."""
    return not store.uri.startswith(("http://", "https://"))


class TrackingAccess:
    """A tracking URI for each run, for as long as the block lasts."""

    def __init__(self, store: Store, settings: Settings, *, on_note: Callable[[str], None]) -> None:
        self._uri = settings.tracking_uri or ""
        self._server = EmbeddedServer(store, on_note=on_note) if is_ours(store) else None

    def url_for(self, run_id: str) -> str:
        """What the command gets as MLFLOW_TRACKING_URI. Inside another run its server is used, in this run's name."""
        if self._server is not None:
            return self._server.url_for(run_id)
        return derive_url(self._uri, run_id) or self._uri

    def secrets_for(self, run_id: str) -> tuple[str, ...]:
        """What of the URI nobody else should read: clients print it."""
        uri = self.url_for(run_id)
        return () if derive_url(uri, run_id) is None else (uri.rpartition("/")[2],)

    def __enter__(self) -> Self:
        if self._server is not None:
            self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()
