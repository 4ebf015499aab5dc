"""Opening a SQLite file: what it takes when it is new or old, and almost nothing when it is current."""

import sqlite3
from pathlib import Path
from shlex import quote

from mlproj.errors import DirectoryError, SettingError, StoreCorruptError, StoreTooNewError, TrackingError
from mlproj.system.clock import now_ms
from mlproj.system.files import make_directory
from mlproj.system.locks import hold
from mlproj.tracking.sql import migrations
from mlproj.tracking.sql.experiments import create_default
from mlproj.tracking.sql.faults import translated
from mlproj.tracking.sql.session import Session
from mlproj.tracking.sql.sqlite import SqliteDatabase

ARTIFACTS = "artifacts"


def open_database(path: Path, *, artifact_root: str | None, durable: bool, network: bool) -> tuple[SqliteDatabase, str]:
    """The database, at the current schema, and the artifact root that it names.

    SettingError if that is not the one given.
    """
    _make_parent(path)
    database = SqliteDatabase(path, durable=durable, network=network)
    try:
        state = _state(database)
        if state is None or state[0] < migrations.CURRENT:
            with hold(path.with_name(f"{path.name}.create")):
                _bring_up_to_date(database, artifact_root or str((path.parent / ARTIFACTS).absolute()))
            state = _state(database)
    except BaseException:
        database.close()
        raise
    if state is None:
        database.close()
        raise StoreCorruptError("the store's schema is not there", where=str(path))
    if state[0] > migrations.CURRENT:
        database.close()
        raise StoreTooNewError(
            f"the store was written by a newer mlproj (schema {state[0]}, this one knows {migrations.CURRENT})",
            where=str(path),
            hint="upgrade mlproj, or set MLPROJ_HOME to another directory",
        )
    if artifact_root is not None and artifact_root != state[1]:
        database.close()
        raise SettingError(
            f"the store keeps its artifacts in {state[1]}, not in {artifact_root}",
            where=str(path),
            hint="leave the other out, or change it with `mlproj db set-artifact-root`",
        )
    return database, state[1]


def _make_parent(path: Path) -> None:
    if path.is_dir():
        raise TrackingError("the store's file is a directory", where=str(path), hint="name a file in it")
    try:
        make_directory(path.parent)
    except DirectoryError as error:
        raise TrackingError(error.message, where=str(path), hint=error.hint) from error


def _state(database: SqliteDatabase) -> tuple[int, str] | None:
    """Schema version and artifact root, or None if there is no schema of ours yet."""
    with database.read() as sql:
        try:
            version, root = sql.execute(migrations.STATE).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
    return (version or 0, root or "")


def _bring_up_to_date(database: SqliteDatabase, root: str) -> None:
    with database.read() as sql:
        _refuse_foreign(sql, database.path)
    if not database.network:
        _use_wal(database)
    with database.write() as sql:
        migrations.prepare(sql)
        first = migrations.version(sql) + 1
    for number in range(first, migrations.CURRENT + 1):
        with database.write() as sql:
            if migrations.version(sql) >= number:
                continue
            now = now_ms()
            migrations.apply(sql, number, now_ms=now)
            if number == 1:
                sql.execute("INSERT INTO meta (key, value) VALUES ('artifact_root', ?)", (root,))
                create_default(sql, now_ms=now)


def _use_wal(database: SqliteDatabase) -> None:
    """Writers and readers do not wait for each other; the file remembers it."""
    connection = database.connect()
    try:
        with translated(database.path):
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _refuse_foreign(sql: Session, path: Path) -> None:
    names = {row[0] for row in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "migrations" not in names:
        theirs = f"bring the runs of MLflow's into another file: mlproj import {quote(str(path))}"
        hint = theirs if "alembic_version" in names else "name another file"
        raise TrackingError("the file is a database of another program", where=str(path), hint=hint)
