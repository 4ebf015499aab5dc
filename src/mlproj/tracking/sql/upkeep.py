"""Looking after a SQLite file: its health, and copies of it while it is in use."""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.errors import NotFoundError, TrackingError
from mlproj.tracking.maintenance import MOST_PROBLEMS, Health

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile:
    """A database that can be looked after; the file need not exist."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def schema_version(self) -> int:
        return schema_version(self.path)

    def check(self) -> Health:
        return check_database(self.path)

    def back_up(self, target: Path | None) -> Path:
        return back_up(self.path, target)


def schema_version(path: Path) -> int:
    """The schema of a database, without changing it; 0 if there is none yet."""
    if not path.is_file():
        return 0
    import sqlite3
    from contextlib import closing

    from mlproj.tracking.sql.faults import translated

    with translated(path), closing(_connect(path)) as connection:
        try:
            row = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return 0
            raise
        return int(row[0])


def check_database(path: Path) -> Health:
    """Look whether a database is whole. NotFoundError if there is none, StoreCorruptError if it is no database."""
    from contextlib import closing

    from mlproj.tracking.sql.faults import translated
    from mlproj.tracking.sql.migrations import CURRENT

    _require(path)
    schema = schema_version(path)
    with translated(path), closing(_connect(path)) as connection:
        said = [row[0] for row in connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})")]
        dangling = [
            f"{table}, row {row}: its {parent} is gone"
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS)
        ]
    behind = f"schema {schema}, this mlproj has {CURRENT}"
    return Health(
        name=str(path),
        size=path.stat().st_size,
        schema=schema,
        integrity=() if said == ["ok"] else tuple(said),
        references=tuple(dangling),
        migrations=() if schema == CURRENT else (behind,),
    )


def back_up(path: Path, target: Path | None) -> Path:
    """Copy a database that may be in use; the copy is whole or not there. Gives the copy."""
    import sqlite3
    from contextlib import closing

    from mlproj.tracking.sql.faults import translated

    _require(path)
    chosen = (target or path.with_name(f"{path.stem}-{time.strftime('%Y%m%dT%H%M%S')}{path.suffix}")).absolute()
    if chosen.is_dir():
        chosen /= path.name
    if chosen.exists():
        raise TrackingError("the file is there already", where=str(chosen), hint="name another with --to")
    if not chosen.parent.is_dir():
        raise TrackingError("there is no such directory", where=str(chosen.parent), hint="make it first")
    staging = chosen.with_name(f".{chosen.name}.{secrets.token_hex(4)}")
    try:
        with (
            translated(path),
            closing(_connect(path)) as source,
            translated(staging),
            closing(sqlite3.connect(staging)) as copy,
        ):
            source.backup(copy, pages=2000)
            copy.execute("PRAGMA journal_mode = DELETE")
        staging.replace(chosen)
    finally:
        staging.unlink(missing_ok=True)
    return chosen


def _require(path: Path) -> None:
    if not path.is_file():
        raise NotFoundError("there is no store yet", where=str(path), hint="a first run makes one")


def _connect(path: Path) -> "sqlite3.Connection":
    import sqlite3
    from urllib.parse import quote

    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=60)
