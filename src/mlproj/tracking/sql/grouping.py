"""Many writers, one commit: on a disk the commit is what takes long, so those that wait for it share the next one.

A thread takes all calls that wait, runs each in a savepoint of its own inside one transaction, commits, and only then
says of each what came of it. What arrives meanwhile is the next group.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from sqlite3 import Connection
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from mlproj.errors import StoreUnavailableError
from mlproj.tracking.sql.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from mlproj.tracking.base import LocalStore

LARGEST = 256


def database_of(store: "LocalStore") -> SqliteDatabase | None:
    """The SQLite database below a store, None if that is another one: other databases commit well by themselves."""
    return store.database if isinstance(store.database, SqliteDatabase) else None


@dataclass(slots=True, kw_only=True)
class Write:
    """A call that writes, what it gave or raised, and whatever its caller wants to find there again."""

    call: Callable[[], Any]
    ticket: object = None
    value: Any = None
    error: BaseException | None = None


class Tally:
    """How many commits there were, and how many writes each was for. Written by one thread."""

    def __init__(self) -> None:
        self.commits = self.failed = 0
        self._sizes: Counter[int] = Counter()

    def sizes(self) -> dict[int, int]:
        """How many commits were for how many writes."""
        return dict(self._sizes)

    def count(self, writes: int) -> None:
        self.commits += 1
        self._sizes[writes] += 1


class GroupWriter:
    """`on_written` hears, from the thread of the writer, of each group whose fate is sealed.

    A call that raises is undone alone. If a whole group is lost (its commit failed, or one call took the transaction
    with it), each of its calls is made once more, alone.
    """

    def __init__(self, database: SqliteDatabase, on_written: Callable[[Sequence[Write]], None]) -> None:
        self._database = database
        self._on_written = on_written
        self._waiting: SimpleQueue[Write | None] = SimpleQueue()
        self._closing = Lock()
        self._closed = False
        self.tally = Tally()
        self._thread = Thread(target=self._write, name="mlproj-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write) -> None:
        """Have a call made. StoreUnavailableError if the writer is closed."""
        with self._closing:
            if self._closed:
                raise StoreUnavailableError("the server is stopping", hint="try again when it is back")
            self._waiting.put(write)

    def close(self) -> None:
        """Write what waits, then end."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        going = True
        while going:
            group, going = self._next_group()
            if group:
                self._commit(group)
                self._on_written(group)

    def _next_group(self) -> tuple[list[Write], bool]:
        """All that waits, and whether more may come."""
        group: list[Write] = []
        while not group or (len(group) < LARGEST and not self._waiting.empty()):
            write = self._waiting.get()
            if write is None:
                return group, False
            group.append(write)
        return group, True

    def _commit(self, group: Sequence[Write]) -> None:
        begun = False
        try:
            with self._database.write() as sql:
                begun = True
                for write in group:
                    self._attempt(write, sql)
            self.tally.count(len(group))
        except BaseException as error:  # noqa: BLE001 - each caller hears of it
            self.tally.failed += 1
            self._lose(group, error, again=begun and len(group) > 1)

    def _attempt(self, write: Write, sql: Connection) -> None:
        """Make a call; only what took the whole transaction with it is raised."""
        try:
            with self._database.write():
                write.value = write.call()
        except BaseException as error:
            write.error = error
            if not sql.in_transaction:
                raise

    def _lose(self, group: Sequence[Write], error: BaseException, *, again: bool) -> None:
        for write in group:
            write.value = None
            if again:
                write.error = None
                self._commit([write])
            else:
                write.error = write.error or error
