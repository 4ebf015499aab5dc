"""The SQLite store under threads, processes, forks and sudden death."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError, NotFoundError, TrackingError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Dataset, DatasetInput, Metric
from mlproj.tracking.opening import open_sqlite

WRITER = """
import sys
from pathlib import Path
from mlproj.tracking.entities import Dataset, DatasetInput, Metric
from mlproj.tracking.opening import open_sqlite
store = open_sqlite(Path(sys.argv[1]))
first, last = int(sys.argv[3]), int(sys.argv[4])
for number in range(first, last):
    store.log_batch(
        sys.argv[2],
        metrics=[Metric(key="m", value=number, timestamp=number, step=number)],
        params={f"p{number}": str(number)},
        tags={"last": str(number), f"t{number}": str(number)},
    )
    print(number, flush=True)
"""


def values(store: LocalStore, run_id: str) -> list[float]:
    return [point.value for point in store.metric_history(run_id, "m").items]


def log(store: LocalStore, run_id: str, number: int) -> None:
    store.log_batch(run_id, metrics=[Metric(key="m", value=number, timestamp=number, step=number)])


def test_threads_lose_nothing(sqlite_store: LocalStore) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: log(sqlite_store, run_id, number), range(400)))
        found = list(pool.map(lambda _: sqlite_store.get_run(run_id).metrics["m"].value, range(20)))
    assert values(sqlite_store, run_id) == list(range(400))
    assert found == [399.0] * 20


def test_processes_lose_nothing(sqlite_store: LocalStore, tmp_path: Path) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    path = tmp_path / "home" / "mlproj.db"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), run_id, str(first), str(first + 100)], stdout=subprocess.DEVNULL
        )
        for first in (0, 100, 200)
    ]
    for number in range(300, 400):
        log(sqlite_store, run_id, number)
    assert [child.wait() for child in children] == [0, 0, 0]
    assert values(sqlite_store, run_id) == list(range(400))
    assert len(sqlite_store.get_run(run_id).params) == 300


def test_what_was_acknowledged_survives_a_kill(sqlite_store: LocalStore, tmp_path: Path) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    path = tmp_path / "home" / "mlproj.db"
    argv = [sys.executable, "-c", WRITER, str(path), run_id, "0", "1000000"]
    acknowledged = -1
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged >= 150:
                child.send_signal(signal.SIGKILL)
                break
        acknowledged = max([acknowledged, *(int(line) for line in child.stdout if line.endswith("\n"))])
    run = sqlite_store.get_run(run_id)
    assert len(values(sqlite_store, run_id)) in {acknowledged + 1, acknowledged + 2}
    assert len(run.params) == len(values(sqlite_store, run_id)) == int(run.tags["last"]) + 1
    log(sqlite_store, run_id, 5_000_000)


def in_child(function: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:  # noqa: BLE001 - the exit code says it
            os._exit(1)
        os._exit(0)
    return child


def test_a_forked_child_opens_its_own_connections(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "x.db")
    run_id = store.create_run("0", start_time=1).run_id
    log(store, run_id, 0)
    reading, writing = os.pipe()

    def child() -> None:
        os.close(writing)
        os.read(reading, 1)  # until the parent has closed its store
        for number in range(1, 50):
            log(store, run_id, number)
        store.close()

    pid = in_child(child)
    log(store, run_id, 100)
    store.close()
    os.close(writing)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(reading)
    with closing(open_sqlite(tmp_path / "x.db")) as again:
        assert values(again, run_id) == [*range(50), 100]


def test_forks_while_threads_write(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "x.db")
    run_id = store.create_run("0", start_time=1).run_id
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            log(store, run_id, written)
            written += 1

    thread = threading.Thread(target=write)
    thread.start()
    children = [in_child(lambda number=number: log(store, run_id, 1_000_000 + number)) for number in range(10)]  # type: ignore[misc]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    stop.set()
    thread.join()
    assert codes == [0] * 10
    assert values(store, run_id) == [*range(written), *range(1_000_000, 1_000_010)]
    store.close()


def test_a_transaction_is_whole_or_nothing(sqlite_store: LocalStore) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id

    def fail() -> None:
        with sqlite_store.transaction():
            log(sqlite_store, run_id, 1)
            sqlite_store.create_experiment("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert values(sqlite_store, run_id) == []
    assert sqlite_store.get_experiment_by_name("x") is None
    with sqlite_store.transaction():
        log(sqlite_store, run_id, 1)
        assert values(sqlite_store, run_id) == [1]
        with pytest.raises(InvalidValueError):
            sqlite_store.log_batch(run_id, params={"a": "1"}, tags={"t": 5})  # type: ignore[dict-item]
        sqlite_store.log_batch(run_id, params={"a": "1"})
        with pytest.raises(InvalidValueError):
            sqlite_store.log_batch(run_id, params={"a": "2"})
        with pytest.raises(NotFoundError):
            log(sqlite_store, "f" * 32, 2)
        log(sqlite_store, run_id, 3)
    assert values(sqlite_store, run_id) == [1, 3]


def test_other_threads_see_a_transaction_when_it_is_over(sqlite_store: LocalStore) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    with ThreadPoolExecutor(1) as other, sqlite_store.transaction():
        log(sqlite_store, run_id, 1)
        assert other.submit(values, sqlite_store, run_id).result() == []
        waiting = other.submit(log, sqlite_store, run_id, 2)
        log(sqlite_store, run_id, 3)
    waiting.result()
    assert values(sqlite_store, run_id) == [1, 2, 3]


def test_a_store_closed_while_a_thread_uses_it(sqlite_store: LocalStore) -> None:
    with sqlite_store.transaction():
        sqlite_store.close()
        sqlite_store.create_experiment("last")
    with pytest.raises(TrackingError, match="closed"):
        sqlite_store.get_experiment("0")


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_text_that_no_encoding_has(sqlite_store: LocalStore, text: str) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    with pytest.raises(InvalidValueError):
        sqlite_store.log_batch(run_id, params={"a": text})
    with pytest.raises(InvalidValueError):
        sqlite_store.get_run(text)
    assert dict(sqlite_store.get_run(run_id).params) == {}


def test_numbers_that_no_database_has(sqlite_store: LocalStore) -> None:
    with pytest.raises(InvalidValueError):
        sqlite_store.create_run("0", start_time=2**63)
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    sqlite_store.log_batch(run_id, metrics=[Metric(key="huge", value=10**400, timestamp=1)])
    assert sqlite_store.get_run(run_id).metrics["huge"].value == 1.7976931348623157e308
    for value in ("1", None, True):
        with pytest.raises(InvalidValueError):
            sqlite_store.log_batch(run_id, metrics=[Metric(key="x", value=value, timestamp=1)])  # type: ignore[arg-type]


def test_moving_a_run_keeps_its_files_where_they_are(sqlite_store: LocalStore) -> None:
    run = sqlite_store.create_run("0", start_time=1)
    sqlite_store.artifacts(run.run_id).write("x", iter([b"1"]))
    item = DatasetInput(dataset=Dataset(name="iris", digest="abc"), tags={"mlflow.data.context": "train"})
    sqlite_store.log_inputs(run.run_id, datasets=[item])
    first = sqlite_store.create_experiment("first")
    sqlite_store.move_run(run.run_id, first)
    other = sqlite_store.create_experiment("other")
    sqlite_store.move_run(run.run_id, other)
    sqlite_store.delete_experiment(first)
    sqlite_store.purge_experiment(first)
    moved = sqlite_store.get_run(run.run_id)
    assert moved.dataset_inputs == (item,)
    assert (moved.experiment_id, moved.artifact_uri) == (other, run.artifact_uri)
    with sqlite_store.artifacts(run.run_id).open("x") as file:
        assert file.read() == b"1"
    with pytest.raises(NotFoundError):
        sqlite_store.move_run(run.run_id, "77")
    sqlite_store.delete_experiment("0")
    with pytest.raises(InvalidValueError):
        sqlite_store.move_run(run.run_id, "0")


def test_artifacts_in_storage_that_is_not_here(sqlite_store: LocalStore, tmp_path: Path) -> None:
    number = sqlite_store.create_experiment("cloud", artifact_location="dbfs:/bucket/x")
    run = sqlite_store.create_run(number, start_time=1)
    with pytest.raises(TrackingError, match="cannot be reached"):
        sqlite_store.artifacts(run.run_id)
    for location in ("mlflow-artifacts:/../../etc", "mlflow-artifacts:/a%2F..%2F..%2Fetc", "mlflow-artifacts:///../x"):
        number = sqlite_store.create_experiment(location, artifact_location=location)
        run = sqlite_store.create_run(number, start_time=1)
        with pytest.raises(InvalidValueError):
            sqlite_store.artifacts(run.run_id)
    number = sqlite_store.create_experiment("quoted", artifact_location="mlflow-artifacts:/a%20b")
    run = sqlite_store.create_run(number, start_time=1)
    sqlite_store.artifacts(run.run_id).write("x", iter([b"1"]))
    assert (tmp_path / "home" / "artifacts" / "a b" / run.run_id / "artifacts" / "x").is_file()
    number = sqlite_store.create_experiment("file", artifact_location=f"file://{tmp_path}/a%20b")
    run = sqlite_store.create_run(number, start_time=1)
    sqlite_store.artifacts(run.run_id).write("x", iter([b"1"]))
    assert (tmp_path / "a b" / run.run_id / "artifacts" / "x").is_file()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=40))
def test_any_interleaving_of_writers_loses_nothing(sqlite_store: LocalStore, plan: list[tuple[int, int]]) -> None:
    """Each writer logs its points in order; the last by step is the latest, whoever was first."""
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    queues = {writer: [number for owner, number in plan if owner == writer] for writer in range(4)}

    def write(writer: int) -> None:
        for number in queues[writer]:
            point = Metric(key="m", value=writer, timestamp=1, step=number)
            sqlite_store.log_batch(
                run_id, metrics=[point], tags={f"w{writer}.{number}": "x"}, params={f"p{number}": "1"}
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, queues))
    run = sqlite_store.get_run(run_id)
    assert {(point.step, point.value) for point in sqlite_store.metric_history(run_id, "m").items} == {
        (number, writer) for writer, number in plan
    }
    latest = run.metrics["m"]
    assert (latest.step, latest.value) == max((number, writer) for writer, number in plan)
    assert set(run.params) == {f"p{number}" for _, number in plan}
    assert set(run.tags) - {"mlflow.runName"} == {f"w{writer}.{number}" for writer, number in plan}
