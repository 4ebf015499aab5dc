"""SQLite's errors as ours: one line that says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlproj.errors import InvalidValueError, StoreCorruptError, TrackingError

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_HINTS = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then try again"),
    sqlite3.SQLITE_READONLY: ("the store cannot be written", "check the permissions of the file and its directory"),
    sqlite3.SQLITE_CANTOPEN: ("the store cannot be opened", "check the permissions of the file and its directory"),
    sqlite3.SQLITE_PERM: ("the store cannot be opened", "check the permissions of the file and its directory"),
    sqlite3.SQLITE_AUTH: ("the store cannot be opened", "check the permissions of the file and its directory"),
    sqlite3.SQLITE_IOERR: ("the store's file cannot be read or written", "check the disk and the space left on it"),
    sqlite3.SQLITE_BUSY: ("another process kept the store locked for a minute", "see what else uses it; try again"),
    sqlite3.SQLITE_NOMEM: ("no memory is left", "close other programs, then try again"),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a TrackingError or, if a value is to blame, an InvalidValueError."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError) as error:
        raise InvalidValueError(f"a value that cannot be stored: {error}") from error
    except sqlite3.Error as error:
        raise _fault(error, path) from error


def _fault(error: sqlite3.Error, path: Path) -> TrackingError:
    code = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF
    if code in _CORRUPT:
        return StoreCorruptError(
            f"the store is damaged, or no database: {error}",
            where=str(path),
            hint="move the file away to begin a new store, or restore a copy of it",
        )
    what, hint = _HINTS.get(code, (str(error), None))
    return TrackingError(what, where=str(path), hint=hint)
