"""From a tracking URI to a store."""

from collections.abc import Callable, Mapping
from pathlib import Path

from mlproj.config import Settings, process_environment
from mlproj.errors import SettingError
from mlproj.system.mounts import is_on_network
from mlproj.tracking.base import LocalStore, Store

DATABASE = "mlproj.db"
ARTIFACTS = "artifacts"
SQLITE = "sqlite:///"


def open_store(uri: str | None, *, settings: Settings) -> Store:
    """Open the store that a URI names; without one, the database in the home. SettingError if it names none."""
    if not uri:
        return open_sqlite(settings.home / DATABASE, environ=settings.environ)
    if uri.lower().startswith(("http://", "https://")):
        from mlproj.tracking.rest import open_rest

        return open_rest(uri, environ=settings.environ)
    if uri.lower().startswith(SQLITE) and uri[len(SQLITE) :] not in {"", ":memory:"}:
        return open_sqlite(Path(uri[len(SQLITE) :]), environ=settings.environ)
    from mlproj.tracking.sql.postgresql import is_postgresql, open_postgresql

    if is_postgresql(uri):
        root = str((settings.home / ARTIFACTS).absolute())
        return open_postgresql(uri, artifact_root=None, default_root=root, environ=settings.environ)
    shown = f"{uri.partition('://')[0]}://..." if "://" in uri else uri
    raise SettingError(
        f"{shown!r} is no tracking store",
        hint="give sqlite:///PATH, postgresql://HOST/NAME or http(s)://HOST, or nothing for the database in the home",
    )


def open_sqlite(
    path: Path,
    *,
    artifact_root: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    durable: bool = False,
    on_network: Callable[[Path], bool] = is_on_network,
) -> LocalStore:
    """Open a SQLite file, creating it and bringing its schema up to date as needed.

    `artifact_root`, a directory or the URI of an object store, counts when the file is created; later the database
    knows it, and another is a SettingError. `environ` has the credentials of object stores. With `durable` a commit
    survives the loss of power. Raises StoreCorruptError, StoreTooNewError, or TrackingError if the file cannot be used.
    """
    from mlproj.tracking.artifact_uris import read_root
    from mlproj.tracking.sql.creation import open_database
    from mlproj.tracking.sql.store import SqlStore

    path = path.absolute()
    network = on_network(path)
    variables = process_environment() if environ is None else environ
    wanted = None if artifact_root is None else read_root(str(artifact_root), environ=variables)
    database, root = open_database(path, artifact_root=wanted, durable=durable, network=network)
    notes = (
        (f"{path} lies on a network file system: the store is slower there (set MLPROJ_HOME to a local directory)",)
        if network
        else ()
    )
    return SqlStore(database, uri=f"sqlite:///{path}", artifact_root=root, environ=variables, notes=notes)
