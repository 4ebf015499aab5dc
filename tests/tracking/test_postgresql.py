"""What only the store in PostgreSQL does: its lock, its retries, its addresses, and other people's databases."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from mlproj.config import load_settings
from mlproj.errors import (
    AlreadyExistsError,
    InvalidValueError,
    MlprojError,
    SettingError,
    StoreTooNewError,
    StoreUnavailableError,
    TrackingError,
)
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.entities import Metric
from mlproj.tracking.opening import open_store
from mlproj.tracking.sql.grouping import database_of
from mlproj.tracking.sql.postgresql import is_postgresql, open_postgresql
from mlproj.tracking.sql.postgresql.statements import translated


@pytest.fixture
def opened(postgres: Any, tmp_path: Path) -> Iterator[Callable[..., LocalStore]]:
    """Opens stores, in a database of this test's own unless it names another."""
    stores: list[LocalStore] = []
    own = postgres.new_database()

    def open_one(uri: str = own, root: str | None = None) -> LocalStore:
        default = str(tmp_path / "artifacts")
        stores.append(open_postgresql(uri, artifact_root=root, default_root=default, environ={}))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://h/d", True),
        ("postgres://h/d", True),
        ("postgresql+psycopg2://h/d", True),
        ("PostgreSQL+asyncpg://h/d", True),
        ("postgresql", False),
        ("sqlite:///x", False),
        ("mysql+pymysql://h/d", False),
    ],
)
def test_addresses_of_postgresql(uri: str, *, expected: bool) -> None:
    assert is_postgresql(uri) is expected


def test_a_tracking_uri_opens_it(postgres: Any) -> None:
    uri = postgres.new_database().replace("postgresql://", "postgresql+psycopg2://")
    with closing(open_store(uri, settings=load_settings())) as store:
        assert "ada" not in store.uri
        assert "s3cret" not in store.uri
        assert store.get_experiment("0").name == "Default"


def test_its_commits_are_not_shared(opened: Callable[..., LocalStore]) -> None:
    assert database_of(opened()) is None


def test_the_artifact_root_stays_where_it_was(opened: Callable[..., Any], tmp_path: Path) -> None:
    root = opened().artifact_root_uri
    assert root == str(tmp_path / "artifacts")
    assert opened(root=root).artifact_root_uri == root
    with pytest.raises(SettingError, match="keeps its artifacts in"):
        opened(root="/elsewhere")


def test_many_may_open_a_new_database_at_once(postgres: Any, tmp_path: Path) -> None:
    uri = postgres.new_database()

    def name(number: int) -> str:
        default = str(tmp_path / str(number))
        with closing(open_postgresql(uri, artifact_root=None, default_root=default, environ={})) as store:
            return store.get_experiment("0").name

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(name, range(6))) == ["Default"] * 6


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ada:s3c%zzret@127.0.0.1/db",
        "postgresql://ada:s3cret@127.0.0.1/db?nonsense=1",
        "postgresql://ada:s3cret@127.0.0.1:5x4/db",
        "postgresql://ada:s3cret@127.0.0.1:1/db",
        "postgresql://ada:s3cret@[::1/db",
    ],
)
def test_databases_that_cannot_be_reached(uri: str) -> None:
    with pytest.raises((SettingError, TrackingError)) as caught:
        open_postgresql(uri, artifact_root=None, default_root="/x", environ={})
    assert "s3c" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_databases_that_cannot_be_used(postgres: Any, opened: Callable[..., Any]) -> None:
    with pytest.raises(TrackingError, match=r'database "missing" does not exist \(create'):
        opened(postgres.uri("missing"))
    with pytest.raises(TrackingError, match="encoded in SQL_ASCII"):
        opened(postgres.new_database("ENCODING 'SQL_ASCII' TEMPLATE template0"))
    foreign = postgres.new_database()
    postgres.execute("CREATE TABLE alembic_version (version_num text)", foreign.rpartition("/")[2])
    with pytest.raises(TrackingError, match="another program"):
        opened(foreign)
    newer = postgres.new_database()
    opened(newer)
    postgres.execute("INSERT INTO migrations VALUES (999, 1)", newer.rpartition("/")[2])
    with pytest.raises(StoreTooNewError, match="schema 999"):
        opened(newer)


def test_texts_that_postgresql_cannot_keep_are_refused(opened: Callable[..., Store]) -> None:
    store = opened()
    run_id = store.create_run("0", start_time=1).run_id
    for text in ("a\0b", "\udcff"):
        with pytest.raises(InvalidValueError, match="cannot be stored"):
            store.log_batch(run_id, params={"p": text})


def test_long_texts_are_found_and_ordered_whole(opened: Callable[..., Store]) -> None:
    store = opened()
    texts = {"p" * 5990 + end: end for end in ("c", "a", "b")} | {"\U0001f4a5" * 6000: "d", "short": "e"}
    for text, name in texts.items():
        run_id = store.create_run("0", start_time=1, run_name=name).run_id
        store.log_batch(run_id, params={"p": text})
    found = store.search_runs(["0"], filter_string=f"params.p = '{'p' * 5990}b'")
    assert [run.run_name for run in found.items] == ["b"]
    assert "".join(run.run_name for run in store.search_runs(["0"], order_by=["params.p"]).items) == "abced"


def test_writers_that_meet_are_told_apart(opened: Callable[..., Store]) -> None:
    store = opened()
    run_id = store.create_run("0", start_time=1).run_id

    def log(number: int) -> str:
        try:
            store.log_batch(run_id, params={"p": str(number % 2)}, metrics=[Metric(key="m", value=number, timestamp=1)])
            store.create_experiment(f"same {number // 4}")
        except AlreadyExistsError:
            return "taken"
        except InvalidValueError:
            return "changed"
        return "written"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(log, range(16)))
    assert set(outcomes) <= {"written", "taken", "changed"}
    assert "written" in outcomes
    kept = store.get_run(run_id)
    assert len(store.metric_history(run_id, "m").items) == 16 - outcomes.count("changed")
    assert kept.params["p"] in {"0", "1"}


def test_a_transaction_is_whole_or_not_at_all(opened: Callable[..., LocalStore]) -> None:
    store = opened()
    run_id = store.create_run("0", start_time=1).run_id

    def half() -> None:
        with store.transaction():
            store.set_tags(run_id, {"a": "1"})
            with pytest.raises(InvalidValueError):
                store.log_batch(run_id, params={"p": "a\0b"})
            assert store.get_run(run_id).tags["a"] == "1"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert "a" not in store.get_run(run_id).tags


def test_nothing_acknowledged_is_lost_when_the_server_restarts(postgres: Any, opened: Callable[..., Store]) -> None:
    store = opened()
    run_id = store.create_run("0", start_time=1).run_id
    ended = Event()
    written: list[list[int]] = [[] for _ in range(4)]
    failures: list[MlprojError] = []

    def write(number: int) -> None:
        step = 0
        while not ended.is_set():
            try:
                store.log_batch(run_id, metrics=[Metric(key=f"m{number}", value=step, step=step, timestamp=1)])
                written[number].append(step)
            except StoreUnavailableError as error:
                failures.append(error)
            step += 1

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for mode in ("fast", "immediate"):
        before = sum(map(len, written))
        while sum(map(len, written)) < before + 40:
            pass
        postgres.stop(mode)
        postgres.start()
    ended.set()
    for thread in threads:
        thread.join()
    for number, steps in enumerate(written):
        kept = {point.step for point in store.metric_history(run_id, f"m{number}").items}
        assert set(steps) <= kept
    assert all(error.wire_code == "TEMPORARILY_UNAVAILABLE" for error in failures)
    assert all("s3cret" not in str(error) for error in failures)


def test_a_closed_store_says_so(opened: Callable[..., Store]) -> None:
    store = opened()
    store.close()
    with pytest.raises(TrackingError, match="closed"):
        store.get_experiment("0")


def test_a_child_process_has_connections_of_its_own(postgres: Any, tmp_path: Path) -> None:
    script = """
import os, sys
from mlproj.tracking.sql.postgresql import open_postgresql
store = open_postgresql(sys.argv[1], artifact_root=None, default_root=sys.argv[2], environ={})
store.create_experiment("parent")
if (child := os.fork()) == 0:
    store.create_experiment("child")
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
store.create_experiment("parent again")
print(len(store.search_experiments().items))
store.close()
"""
    command = [sys.executable, "-W", "error", "-c", script, postgres.new_database(), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_a_run_is_recorded(postgres: Any, tmp_path: Path) -> None:
    (tmp_path / "MLproject").write_text("name: shown\nentry_points:\n  main:\n    command: echo hello\n")
    uri = postgres.new_database()
    command = [sys.executable, "-m", "mlproj", "run", str(tmp_path), "--env-manager", "local", "--tracking-uri", uri]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    with closing(open_store(uri, settings=load_settings())) as store:
        experiment = store.get_experiment_by_name("shown")
        assert experiment is not None
        (run,) = store.search_runs([experiment.experiment_id]).items
        assert run.status == "FINISHED"
        with store.artifacts(run.run_id).open("mlproj/output.log") as log:
            assert log.read() == b"hello\n"


def test_statements_are_translated() -> None:
    assert translated("SELECT 1 FROM x WHERE a IN (SELECT value FROM json_each(?)) AND b = ?") == (
        "SELECT 1 FROM x WHERE a = ANY($1) AND b = $2"
    )
    assert translated("x.a GLOB ? AND x.b LIKE ?") == "x.a LIKE $1 ESCAPE '' AND x.b ILIKE $2 ESCAPE ''"
    assert translated("EXISTS (SELECT 1 FROM tags x WHERE x.run = r.id /* each */)") == (
        "EXISTS (SELECT 1 FROM tags x WHERE x.run = r.id OFFSET 0)"
    )
    assert translated("r.id NOT IN (SELECT x.run FROM tags x WHERE x.key = ?)") == (
        "NOT EXISTS (SELECT 1 FROM tags x WHERE x.run = r.id AND x.key = $1)"
    )
    assert translated("SELECT x.run /* by text */ FROM tags x WHERE x.key = ? AND x.value /* long */ = ? LIMIT ?") == (
        "SELECT x.run FROM tags x WHERE x.key = $1 AND x.value = $2 AND length(x.value) <= 200 UNION ALL"
        " SELECT x.run FROM tags x WHERE x.key = $1 AND (left(x.value, 200) = left($2, 200) AND x.value = $2)"
        " AND length(x.value) > 200 LIMIT $3"
    )
    assert (
        translated("-- elsewhere: CREATE INDEX a ON t (value /* long */)") == "CREATE INDEX a ON t (left(value, 200))"
    )
    assert translated("+r.a = ? AND x.v /* long */ < ? ORDER BY x.v /* long */ DESC") == (
        "r.a = $1 AND (left(x.v, 200) <= left($2, 200) AND x.v < $2) ORDER BY left(x.v, 200) DESC"
    )
