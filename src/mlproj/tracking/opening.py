"""From a tracking URI to a store."""

from collections.abc import Callable
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import SettingError
from mlproj.system.mounts import is_on_network
from mlproj.tracking.base import LocalStore, Store

DATABASE = "mlproj.db"
SQLITE = "sqlite:///"


def open_store(uri: str | None, *, settings: Settings) -> Store:
    """Open the store that a URI names; without one, the database in the home. SettingError if it names none."""
    if not uri:
        return open_sqlite(settings.home / DATABASE)
    if uri.lower().startswith(("http://", "https://")):
        from mlproj.tracking.rest import open_rest

        return open_rest(uri, environ=settings.environ)
    if uri.lower().startswith(SQLITE) and uri[len(SQLITE) :] not in {"", ":memory:"}:
        return open_sqlite(Path(uri[len(SQLITE) :]))
    shown = f"{uri.partition('://')[0]}://..." if "://" in uri else uri
    raise SettingError(
        f"{shown!r} is no tracking store",
        hint="give sqlite:///PATH or http(s)://HOST, or nothing for the database in the home",
    )


def open_sqlite(
    path: Path,
    *,
    artifact_root: Path | None = None,
    durable: bool = False,
    on_network: Callable[[Path], bool] = is_on_network,
) -> LocalStore:
    """Open a SQLite file, creating it and bringing its schema up to date as needed.

    `artifact_root` counts when the file is created; later the database knows it. With `durable` a commit survives the
    loss of power. Raises StoreCorruptError, StoreTooNewError, or TrackingError if the file cannot be used.
    """
    from mlproj.tracking.sql.creation import open_database
    from mlproj.tracking.sql.store import SqlStore

    path = path.absolute()
    network = on_network(path)
    database, root = open_database(path, artifact_root=artifact_root, durable=durable, network=network)
    notes = (
        (f"{path} lies on a network file system: the store is slower there (set MLPROJ_HOME to a local directory)",)
        if network
        else ()
    )
    return SqlStore(database, uri=f"sqlite:///{path}", artifact_root=root, notes=notes)
