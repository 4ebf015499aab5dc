"""One writer, many requests in a commit: each alone in its fate, none told before it is safe."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest

from mlproj.errors import InvalidValueError, NotFoundError, TrackingError
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.sql.grouping import GroupWriter, Write, database_of
from mlproj.tracking.sql.sqlite import SqliteDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with closing(open_sqlite(tmp_path / "a b.db")) as store:
        found = database_of(store)
        assert found is not None
        with found.write() as sql:
            sql.execute("CREATE TABLE words (word TEXT UNIQUE)")
        yield found


def words(database: SqliteDatabase) -> list[str]:
    """As another connection sees them."""
    with closing(sqlite3.connect(database.path)) as other:
        return [row[0] for row in other.execute("SELECT word FROM words ORDER BY rowid")]


def adding(database: SqliteDatabase, word: str) -> Callable[[], str]:
    def add() -> str:
        with database.write() as sql:
            sql.execute("INSERT INTO words VALUES (?)", (word,))
        return word

    return add


class Groups:
    """A writer that is held back until its calls are all there, so that they make one group."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.groups: Queue[Sequence[Write]] = Queue()
        self.seen: list[list[str]] = []
        self.database = database
        self.writer = GroupWriter(database, self._hear)

    def _hear(self, group: Sequence[Write]) -> None:
        self.seen.append(words(self.database))
        self.groups.put(group)

    def together(self, *calls: Callable[[], object]) -> Sequence[Write]:
        started, going = threading.Event(), threading.Event()

        def hold() -> None:
            started.set()
            going.wait()

        self.writer.submit(Write(call=hold))
        started.wait()
        for number, call in enumerate(calls):
            self.writer.submit(Write(call=call, ticket=number))
        going.set()
        self.groups.get(timeout=30)
        return self.groups.get(timeout=30)


@pytest.fixture
def groups(database: SqliteDatabase) -> Iterator[Groups]:
    made = Groups(database)
    yield made
    made.writer.close()


def test_a_group_is_told_after_its_commit(groups: Groups, database: SqliteDatabase) -> None:
    group = groups.together(*(adding(database, word) for word in "abc"))
    assert [(write.ticket, write.value) for write in group] == [(0, "a"), (1, "b"), (2, "c")]
    assert groups.seen[-1] == ["a", "b", "c"]


def test_a_call_that_fails_is_undone_alone(groups: Groups, database: SqliteDatabase) -> None:
    def fail() -> None:
        adding(database, "half")()
        raise InvalidValueError("no")

    group = groups.together(adding(database, "a"), fail, adding(database, "a"), adding(database, "b"))
    assert [type(write.error) for write in group] == [type(None), InvalidValueError, TrackingError, type(None)]
    assert words(database) == ["a", "b"]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_a_call_raises_the_writer_goes_on(
    groups: Groups, database: SqliteDatabase, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    group = groups.together(fail, adding(database, "a"))
    assert [write.error for write in group] == [error, None]
    assert groups.together(adding(database, "b"))[0].value == "b"
    assert words(database) == ["a", "b"]


def test_a_call_that_loses_the_transaction_costs_the_others_nothing(groups: Groups, database: SqliteDatabase) -> None:
    def lose() -> None:
        with database.write() as sql:
            sql.execute("INSERT OR ROLLBACK INTO words VALUES ('a')")

    group = groups.together(adding(database, "a"), lose, adding(database, "b"))
    assert [type(write.error) for write in group] == [type(None), TrackingError, type(None)]
    assert words(database) == ["a", "b"]


def test_a_group_that_cannot_begin_is_told_so(groups: Groups, database: SqliteDatabase) -> None:
    database.close()
    groups.writer.submit(Write(call=adding(database, "a")))
    assert [type(write.error) for write in groups.groups.get(timeout=30)] == [TrackingError]


def test_a_commit_that_fails_is_told_to_all(groups: Groups, database: SqliteDatabase) -> None:
    """Deferred constraints are checked at the commit."""

    def break_the_commit() -> None:
        with database.write() as sql:
            sql.execute("CREATE TABLE IF NOT EXISTS parents (id INTEGER PRIMARY KEY)")
            sql.execute("CREATE TABLE IF NOT EXISTS children (id REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
            sql.execute("INSERT INTO children VALUES (7)")

    group = groups.together(adding(database, "a"), break_the_commit, adding(database, "b"))
    assert [type(write.error) for write in group] == [type(None), TrackingError, type(None)]
    assert words(database) == ["a", "b"]


def test_what_waits_is_written_before_the_end(database: SqliteDatabase) -> None:
    made = Groups(database)
    for number in range(1000):
        made.writer.submit(Write(call=adding(database, str(number))))
    made.writer.close()
    made.writer.close()
    assert len(words(database)) == 1000
    assert max(len(group) for group in made.groups.queue) <= 256
    with pytest.raises(TrackingError):
        made.writer.submit(Write(call=adding(database, "late")))


def test_reads_of_other_threads_see_nothing_half_done(groups: Groups, database: SqliteDatabase) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        def read() -> None:
            with database.read() as sql:
                seen.append([row[0] for row in sql.execute("SELECT word FROM words")])

        thread = threading.Thread(target=read)
        thread.start()
        thread.join()

    groups.together(adding(database, "a"), look, adding(database, "b"))
    assert seen == [[]]


def test_the_store_itself_in_groups(tmp_path: Path) -> None:
    with closing(open_sqlite(tmp_path / "mlproj.db")) as store:
        found = database_of(store)
        assert found is not None
        with found.write() as sql:
            sql.execute("CREATE TABLE words (word TEXT UNIQUE)")
        groups = Groups(found)
        with closing(groups.writer):
            group = groups.together(
                lambda: store.create_run("0", start_time=1, run_name="one"),
                lambda: store.log_batch("no such run", params={"a": "b"}),
                lambda: store.create_experiment("two"),
            )
        assert [type(write.error) for write in group] == [type(None), NotFoundError, type(None)]
        assert store.get_run(group[0].value.run_id).run_name == "one"
        assert store.get_experiment_by_name("two") is not None
