"""Transactions on a PostgreSQL database: a pool of connections, safe after a fork."""

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool

from mlproj.errors import TrackingError
from mlproj.tracking.sql.dialect import repeated
from mlproj.tracking.sql.postgresql.faults import in_doubt, refusal, translated
from mlproj.tracking.sql.postgresql.statements import adapted
from mlproj.tracking.sql.postgresql.statements import translated as in_postgresql

Connection = psycopg.Connection[tuple[Any, ...]]
MOST_CONNECTIONS = 8
WAIT_SECONDS = 5.0
MOST_VALUES = 6000
_LEFT_BY_PARENT: list[object] = []
"""What a fork brought along must be neither used nor closed by the child, so it is kept here."""
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
logging.getLogger("psycopg.pool").propagate = False


class PostgresSession:
    """One open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> psycopg.RawCursor[tuple[Any, ...]]:
        cursor = psycopg.RawCursor(self._connection)
        return cursor.execute(in_postgresql(statement).encode(), adapted(values))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> psycopg.RawCursor[tuple[Any, ...]]:
        """Many rows in few statements: each one is a journey to the server."""
        cursor = psycopg.RawCursor(self._connection)
        waiting = [adapted(row) for row in rows]
        size = max(1, MOST_VALUES // len(waiting[0])) if waiting else 1
        for start in range(0, len(waiting), size):
            part = waiting[start : start + size]
            text = in_postgresql(repeated(statement, len(part)))
            cursor.execute(text.encode(), [value for row in part for value in row])
        return cursor


class _State:
    """What belongs to one process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.pool: ConnectionPool[Connection] | None = None
        self.opening = threading.Lock()
        self.mine = threading.local()


class PostgresDatabase:
    """`conninfo` says how to connect, credentials and all; `where` is what may be shown of it."""

    def __init__(self, conninfo: str, *, where: str) -> None:
        self._conninfo = conninfo
        self.where = where
        self._state = _State()
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[PostgresSession]:
        """One snapshot for all statements inside."""
        if (current := self._current()) is not None:
            with translated(self.where):
                yield PostgresSession(current)
            return
        with translated(self.where), self._borrowed() as connection:
            connection.execute(_READ)
            try:
                yield PostgresSession(connection)
            finally:
                _roll_back(connection)

    def write(self) -> AbstractContextManager[PostgresSession]:
        """All statements inside or none; a write inside another of the same thread is undone alone if it fails."""
        current = self._current()
        return self._outermost() if current is None else self._nested(current)

    def in_transaction(self) -> bool:
        return self._current() is not None

    def refresh(self) -> None:
        """Put away the connections that a restart of the server has cut."""
        pool = self._here().pool
        if pool is not None:
            pool.check()

    def close(self) -> None:
        self._closed = True
        state = self._here()
        with state.opening:
            pool, state.pool = state.pool, None
        if pool is not None:
            pool.close()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection beside the pool, which tells at once why it cannot be had."""
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            raise refusal(error, self.where) from None
        with translated(self.where):
            try:
                yield connection
            finally:
                connection.close()

    @contextmanager
    def on(self, connection: Connection) -> Iterator[PostgresSession]:
        """One transaction on a connection."""
        connection.execute(_WRITE)
        try:
            yield PostgresSession(connection)
        except BaseException:
            _roll_back(connection)
            raise
        self._commit(connection)

    def _commit(self, connection: Connection) -> None:
        try:
            said = connection.execute("COMMIT").statusmessage
        except errors.TransactionRollback:
            raise
        except psycopg.OperationalError:
            raise in_doubt(self.where) from None
        if said != "COMMIT":
            raise TrackingError("a transaction with a failed part was given up", where=self.where)

    @contextmanager
    def _outermost(self) -> Iterator[PostgresSession]:
        mine = self._here().mine
        with translated(self.where), self._borrowed() as connection:
            mine.connection = connection
            try:
                with self.on(connection) as sql:
                    yield sql
            finally:
                mine.connection = None

    @contextmanager
    def _nested(self, connection: Connection) -> Iterator[PostgresSession]:
        with translated(self.where):
            connection.execute("SAVEPOINT part")
            try:
                yield PostgresSession(connection)
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK TO part")
                    connection.execute("RELEASE part")
                raise
            connection.execute("RELEASE part")

    def _here(self) -> _State:
        if self._state.pid != os.getpid():
            _LEFT_BY_PARENT.append(self._state)
            self._state = _State()
        return self._state

    def _current(self) -> Connection | None:
        return getattr(self._here().mine, "connection", None)

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        if self._closed:
            raise TrackingError("the store is closed", where=self.where)
        state = self._here()
        with state.opening:
            if state.pool is None:
                state.pool = self._pool()
            pool = state.pool
        connection = pool.getconn()
        try:
            yield connection
        finally:
            pool.putconn(connection)

    def _pool(self) -> "ConnectionPool[Connection]":
        return ConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True, "prepare_threshold": None},
            min_size=1,
            max_size=MOST_CONNECTIONS,
            num_workers=1,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,  # then who asks next has it tried at once
            configure=_configure,
            open=True,
        )


def _configure(connection: Connection) -> None:
    """Statements here are short: compiling one costs more than it saves.

    What is looked up is mostly in memory, where the default, made for disks that turn, would rather read all.
    """
    connection.execute("SET jit = off")
    connection.execute("SET random_page_cost = 1.1")


def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):
        connection.execute("ROLLBACK")
