"""The store that a server serves."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from mlproj.config import Settings
from mlproj.errors import SettingError, UsageError
from mlproj.tracking.artifact_uris import local_directory
from mlproj.tracking.opening import DATABASE, SQLITE, open_sqlite

if TYPE_CHECKING:
    from mlproj.server.plan import ServerPlan
    from mlproj.tracking.base import LocalStore

REMOTE = ("http://", "https://")


def open_served(plan: "ServerPlan", settings: Settings) -> "LocalStore":
    """The store that was asked for, else the one that `mlproj run` writes on this machine.

    SettingError if there is no such kind of store, or its artifacts are not where `artifacts` says.
    """
    uri = _chosen(plan, settings)
    if (path := _sqlite_file(uri, settings)) is not None:
        return open_sqlite(path, artifact_root=plan.artifacts, environ=settings.environ, durable=True)
    from mlproj.tracking.sql.postgresql import open_postgresql

    root = str((settings.home / "artifacts").absolute())
    return open_postgresql(uri, artifact_root=plan.artifacts, default_root=root, environ=settings.environ)


def check_store(plan: "ServerPlan", settings: Settings) -> None:
    """What can be said of the store before anything is opened. SettingError, UsageError."""
    uri = _chosen(plan, settings)
    if _sqlite_file(uri, settings) is not None:
        if plan.workers > 1:
            raise UsageError("SQLite has one writer, so one process serves it", hint="leave --workers out")
        return
    from mlproj.tracking.sql.postgresql import is_postgresql

    if not is_postgresql(uri):
        folder = local_directory(uri) or Path(uri)
        if folder.is_dir():
            raise SettingError(
                "this is a folder, and runs are kept in a database",
                where=str(folder),
                hint=f"leave it out, and bring in the runs of an mlruns folder: mlproj import {quote(str(folder))}",
            )
        shown = f"{uri.partition('://')[0]}://..." if "://" in uri else uri
        raise SettingError(
            f"{shown!r} is no database",
            hint="give sqlite:///PATH or postgresql://HOST/NAME, or nothing for the one in the home",
        )


def _chosen(plan: "ServerPlan", settings: Settings) -> str:
    """A tracking URI that names a server says where clients record, not what this machine serves."""
    if plan.store is not None:
        if plan.store.lower().startswith(REMOTE):
            raise UsageError("a server cannot be the store of another", hint="give a database with --store")
        return plan.store
    uri = settings.tracking_uri or ""
    return "" if uri.lower().startswith(REMOTE) else uri


def _sqlite_file(uri: str, settings: Settings) -> Path | None:
    if not uri:
        return settings.home / DATABASE
    path = uri[len(SQLITE) :]
    return Path(path) if uri.lower().startswith(SQLITE) and path not in {"", ":memory:"} else None
