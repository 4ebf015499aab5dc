"""The store that a server serves."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mlproj.config import Settings
from mlproj.errors import SettingError, UsageError
from mlproj.tracking.opening import DATABASE, SQLITE, open_sqlite

if TYPE_CHECKING:
    from mlproj.server.plan import ServerPlan
    from mlproj.tracking.base import LocalStore

REMOTE = ("http://", "https://")


def open_served(plan: "ServerPlan", settings: Settings) -> "LocalStore":
    """The store that was asked for, else the one that `mlproj run` writes on this machine.

    UsageError if `artifacts` is not where this store has its artifacts.
    """
    path = _sqlite_file(_chosen(plan, settings), settings)
    root = None if plan.artifacts is None else _directory(plan.artifacts)
    store = open_sqlite(path, artifact_root=root, durable=True)
    kept = store.artifact_root().local_directory()
    if root is not None and kept != root:
        store.close()
        raise UsageError(f"the artifacts of {path} are in {kept}, not in {root}", hint="leave --artifacts out")
    return store


def is_sqlite(plan: "ServerPlan", settings: Settings) -> bool:
    uri = _chosen(plan, settings)
    return not uri or uri.lower().startswith(SQLITE)


def _chosen(plan: "ServerPlan", settings: Settings) -> str:
    """A tracking URI that names a server says where clients record, not what this machine serves."""
    if plan.store is not None:
        if plan.store.lower().startswith(REMOTE):
            raise UsageError("a server cannot be the store of another", hint="give a database with --store")
        return plan.store
    uri = settings.tracking_uri or ""
    return "" if uri.lower().startswith(REMOTE) else uri


def _sqlite_file(uri: str, settings: Settings) -> Path:
    if not uri:
        return settings.home / DATABASE
    path = uri[len(SQLITE) :]
    if uri.lower().startswith(SQLITE) and path not in {"", ":memory:"}:
        return Path(path).absolute()
    shown = f"{uri.partition('://')[0]}://..." if "://" in uri else uri
    raise SettingError(f"{shown!r} is no database", hint="give sqlite:///PATH, or nothing for the one in the home")


def _directory(text: str) -> Path:
    parts = urlsplit(text)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).absolute()
    if "://" in text:
        raise UsageError(f"artifacts cannot be kept in {parts.scheme}://...", hint="give a directory")
    return Path(text).expanduser().absolute()
