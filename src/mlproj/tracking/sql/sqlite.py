"""Transactions on a SQLite file: a pool of connections, one writer at a time, safe after a fork."""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import chain
from pathlib import Path
from typing import Any
from weakref import WeakSet

from mlproj.errors import TrackingError
from mlproj.tracking.sql.dialect import repeated
from mlproj.tracking.sql.faults import translated

BUSY_SECONDS = 60.0
FORK_SECONDS = 10.0
TOGETHER = 100
CACHE_KIB = 8000
"""So much a connection may keep in memory: the points of a long metric, which then are sorted there too."""
_LEFT_BY_PARENT: list[object] = []
"""What a fork brought along must be neither used nor closed by the child, so it is kept here."""


class _Pool:
    """The connections of one process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.idle: list[sqlite3.Connection] = []
        self.busy = 0
        self.changed = threading.Condition(threading.Lock())
        self.writing = threading.Lock()
        self.mine = threading.local()
        self.closed = False
        self.forking = False

    def take(self) -> sqlite3.Connection | None:
        """An idle connection, or None: make one. Either way it is to be given back."""
        with self.changed:
            self.changed.wait_for(lambda: not self.forking)
            self.busy += 1
            return self.idle.pop() if self.idle else None

    def give_back(self, connection: sqlite3.Connection | None) -> None:
        with self.changed:
            self.busy -= 1
            self.changed.notify_all()
            if connection is not None and not self.closed:
                self.idle.append(connection)
                return
        if connection is not None:
            connection.close()

    def drain(self) -> None:
        """Close what is idle. The caller holds `changed`."""
        while self.idle:
            self.idle.pop().close()


class _Connection(sqlite3.Connection):
    def executemany(self, statement: str, rows: Iterable[Any], /) -> sqlite3.Cursor:
        """The rows of an INSERT go in a hundred at a time: a call costs more than a row does."""
        waiting = list(rows)
        whole = len(waiting) - len(waiting) % TOGETHER
        if whole and (together := repeated(statement, TOGETHER)) != statement:
            for start in range(0, whole, TOGETHER):
                self.execute(together, tuple(chain.from_iterable(waiting[start : start + TOGETHER])))
            del waiting[:whole]
        return super().executemany(statement, waiting)


class SqliteDatabase:
    """`network`: the file lies where SQLite's own locks cannot be trusted, so every transaction takes a lock file.

    `durable`: a commit survives the loss of power, not only the death of the process.
    """

    def __init__(self, path: Path, *, durable: bool = False, network: bool = False) -> None:
        self.path = path
        self.durable = durable
        self.network = network
        self._pool = _Pool()
        _DATABASES.add(self)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One snapshot for all statements inside."""
        if (current := getattr(self._here().mine, "connection", None)) is not None:
            with translated(self.path):
                yield current
            return
        with self._alone(), self._borrowed() as connection, translated(self.path):
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """All statements inside or none; a write inside another of the same thread is undone alone if it fails."""
        current = getattr(self._here().mine, "connection", None)
        return self._outermost() if current is None else self._nested(current)

    def close(self) -> None:
        pool = self._here()
        with pool.changed:
            pool.closed = True
            pool.drain()

    def before_fork(self) -> None:
        """Close all connections, and let nobody open one until the fork is over.

        SQLite keeps the locks of a file in memory, which a child would take for its own: it could then lose what it
        writes when the parent closes the file.
        """
        pool = self._here()
        pool.changed.acquire()
        pool.forking = True
        own = int(getattr(pool.mine, "connection", None) is not None)
        pool.changed.wait_for(lambda: pool.busy <= own, FORK_SECONDS)
        pool.drain()

    def after_fork(self) -> None:
        self._pool.forking = False
        self._pool.changed.notify_all()
        self._pool.changed.release()

    @contextmanager
    def _outermost(self) -> Iterator[sqlite3.Connection]:
        pool = self._here()
        with pool.writing, self._alone(), self._borrowed() as connection, translated(self.path):
            connection.execute("BEGIN IMMEDIATE")
            pool.mine.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                raise
            finally:
                pool.mine.connection = None

    @contextmanager
    def _nested(self, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            connection.execute("SAVEPOINT part")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK TO part")
                    connection.execute("RELEASE part")
                raise
            connection.execute("RELEASE part")

    def _here(self) -> _Pool:
        if self._pool.pid != os.getpid():
            _LEFT_BY_PARENT.append(self._pool)
            self._pool = _Pool()
        return self._pool

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        pool = self._here()
        if pool.closed:
            raise TrackingError("the store is closed", where=str(self.path))
        connection = pool.take()
        try:
            if connection is None:
                connection = self.connect()
            yield connection
        finally:
            pool.give_back(connection)

    def _alone(self) -> AbstractContextManager[None]:
        if not self.network:
            return nullcontext()
        from mlproj.system.locks import hold

        return hold(lock_file(self.path))

    def connect(self) -> sqlite3.Connection:
        with translated(self.path):
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                factory=_Connection,
            )
            try:
                connection.execute(f"PRAGMA synchronous = {'FULL' if self.durable or self.network else 'NORMAL'}")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
                if self.network:
                    connection.execute("PRAGMA mmap_size = 0")
                    connection.execute("PRAGMA journal_mode = DELETE")
            except BaseException:
                connection.close()
                raise
        return connection


def lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


_DATABASES: "WeakSet[SqliteDatabase]" = WeakSet()
_forking: list[SqliteDatabase] = []


def _before_fork() -> None:
    for database in list(_DATABASES):
        database.before_fork()
        _forking.append(database)


def _after_fork() -> None:
    while _forking:
        _forking.pop().after_fork()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_forking.clear)
