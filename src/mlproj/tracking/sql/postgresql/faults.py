"""PostgreSQL's errors as ours: one line, without what is secret."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from mlproj.errors import InvalidValueError, StoreUnavailableError, TrackingError

PASSING: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
)
"""What may be gone when the whole transaction is tried again: another writer's step, a restart of the server."""
_LASTING: tuple[tuple[type[Exception], str], ...] = (
    (errors.DiskFull, "free some space on the database's disk, then try again"),
    (errors.InsufficientPrivilege, "grant the user what it needs in this database"),
    (errors.ReadOnlySqlTransaction, "name the primary server, not a replica"),
)
_REFUSED = (
    ("password authentication failed", "check user and password in the address, or in ~/.pgpass"),
    ("no password supplied", "give the password in the address, in PGPASSWORD or in ~/.pgpass"),
    ("no pg_hba.conf entry", "let this machine in with a line in the server's pg_hba.conf"),
    ("database", "create the database first, with `createdb`"),
    ("role", "create the user first, with `createuser`"),
)


class InDoubtError(StoreUnavailableError):
    """The connection was lost while writing. `look` finds what was written, where that is possible."""

    look: Callable[[], Any] | None = None


def in_doubt(where: str, look: Callable[[], Any] | None = None) -> InDoubtError:
    line = "the connection was lost while writing, so nobody knows whether it was written"
    error = InDoubtError(line, where=where, hint="look, then try again")
    error.look = look
    return error


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what psycopg raises into a TrackingError or, if a value is to blame, an InvalidValueError."""
    try:
        yield
    except (UnicodeEncodeError, psycopg.DataError) as error:
        raise InvalidValueError(f"a value that cannot be stored: {_line(error)}") from error
    except psycopg.Error as error:
        raise fault(error, where) from error


def fault(error: psycopg.Error, where: str) -> TrackingError:
    if isinstance(error, PoolTimeout):
        return StoreUnavailableError("the database does not answer", where=where, hint="see that it runs")
    for kind, hint in _LASTING:
        if isinstance(error, kind):
            return TrackingError(_line(error), where=where, hint=hint)
    if isinstance(error, PASSING):
        return StoreUnavailableError(_line(error), where=where, hint="see that the database runs, then try again")
    return TrackingError(_line(error), where=where)


def refusal(error: psycopg.Error, where: str) -> TrackingError:
    """Why a first connection could not be made."""
    line = _line(error)
    if "FATAL" in line:
        line = line.partition("FATAL:")[2].strip()
        hint = next((hint for words, hint in _REFUSED if words in line), None)
        return TrackingError(line, where=where, hint=hint)
    return StoreUnavailableError(line, where=where, hint="see that the database runs there")


def _line(error: BaseException) -> str:
    """The line that says what is wrong; those after it quote statements and values."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    chosen = next((line for line in lines if "FATAL" in line), lines[0])
    return chosen.strip().removeprefix("connection failed: ")
