"""From what a user names to a source of runs."""

from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import SettingError, TrackingError, UsageError
from mlproj.tracking.artifact_uris import local_directory
from mlproj.transfer.base import Source

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://", "postgresql+")
HEADER = b"SQLite format 3\0"


def open_source(text: str, *, settings: Settings, artifacts: str | None = None) -> Source:
    """Open a database or `mlruns` folder of MLflow, a server, a database of ours, a file of exported runs, or a bundle.

    `artifacts` is where the artifacts of a database, a folder or a server are kept now.
    """
    lower = text.lower()
    if lower.startswith(("http://", "https://")):
        from mlproj.tracking.opening import open_store
        from mlproj.transfer.store_source import StoreSource

        return StoreSource(open_store(text, settings=settings), environ=settings.environ, artifacts=artifacts)
    if lower.startswith(POSTGRESQL):
        from mlproj.transfer.mlflow_database import open_mlflow_postgresql

        return open_mlflow_postgresql(text, artifacts=artifacts, environ=settings.environ)
    return _open_path(_path(text), settings, artifacts)


def _path(text: str) -> Path:
    if text.lower().startswith(SQLITE):
        return Path(text[len(SQLITE) :])
    if (directory := local_directory(text)) is not None:
        return directory
    if "://" in text:
        raise SettingError(
            f"{text.partition('://')[0]}://... is nothing that runs can be imported from",
            hint="give a file, a folder, sqlite:///PATH, postgresql://... or http(s)://...",
        )
    return Path(text).expanduser()


def _open_path(path: Path, settings: Settings, artifacts: str | None) -> Source:
    environ = settings.environ
    if path.is_dir():
        from mlproj.transfer.file_store import open_file_store

        return open_file_store(path, artifacts=artifacts, environ=environ)
    try:
        with path.open("rb") as file:
            head = file.read(len(HEADER))
    except OSError as error:
        raise TrackingError(
            f"cannot be read: {error.strerror}", where=str(path), hint="name a file or folder"
        ) from error
    if head.startswith(b"PK\x03\x04"):
        from mlproj.transfer.bundles import Bundle

        return Bundle(path, scratch=settings.storage_dir, environ=environ)
    if head != HEADER:
        from mlproj.transfer.lines import LinesFile

        return LinesFile(path, environ=environ)
    if _is_ours(path):
        raise UsageError(
            "the file is a store of mlproj already", where=str(path), hint="use it with --tracking-uri sqlite:///PATH"
        )
    from mlproj.transfer.mlflow_database import open_mlflow_sqlite

    return open_mlflow_sqlite(path, artifacts=artifacts, environ=environ)


def _is_ours(path: Path) -> bool:
    import sqlite3
    from contextlib import closing
    from urllib.parse import quote

    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as connection:
            return bool(
                connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'latest_metrics_by_value'").fetchone()
            )
    except sqlite3.Error:
        return False
