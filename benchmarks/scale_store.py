"""Fills an empty store with runs to search: see `search_scale.py` for what they are."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

TEN = 10
CHUNK = 2000
STATUS = {"ten": "KILLED", "hundredth": "FAILED", "most": "FINISHED", "rest": "RUNNING", "none": "SCHEDULED"}
COLUMNS = {
    "runs": "id, run_id, experiment_id, run_name, user_id, status, start_time, end_time, artifact_uri, lifecycle_stage",
    "latest_metrics": "run, key, value, timestamp, step, is_nan",
    "params": "run, key, value",
    "tags": "run, key, value",
    "dataset_inputs": "run, dataset",
    "dataset_input_tags": "run, dataset, key, value",
}
Row = tuple[Any, ...]
Write = Callable[[Mapping[str, Sequence[Row]]], None]


def kind_of(rank: int, count: int) -> str:
    """Which group a run belongs to, from its place in a shuffled order."""
    if rank < TEN:
        return "ten"
    if rank < TEN + count // 100:
        return "hundredth"
    return "most" if rank >= count - count * 9 // 10 else "rest"


def database_of(store: Any) -> Any:
    return store._database  # noqa: SLF001 - one call of the store for each run would take an hour


def in_postgresql(store: Any) -> bool:
    return bool(store.uri.startswith("postgresql"))


def fill(store: Any, count: int) -> None:
    for number in range(10):
        store.create_experiment(f"scale {number}")
    experiments = [int(item.experiment_id) for item in store.search_experiments().items if item.name != "Default"]
    experiments.sort()
    ranks = list(range(count))
    random.Random(7).shuffle(ranks)
    with database_of(store).write() as sql:
        first = (sql.execute("SELECT max(id) FROM runs").fetchone()[0] or 0) + 1
        for name, digest in (("everyday", "d1"), ("special", "d2"), ("tenfold", "d3")):
            for experiment in experiments:
                sql.execute(
                    "INSERT INTO datasets (experiment_id, name, digest, source_type, source) VALUES (?, ?, ?, '', '')",
                    (experiment, name, digest),
                )
        datasets = {
            (experiment, name): key
            for key, experiment, name in sql.execute("SELECT id, experiment_id, name FROM datasets").fetchall()
        }
    pending = iter(range(count))
    with writing(store) as write:
        while numbers := list(islice(pending, CHUNK)):
            rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
            for number in numbers:
                for table, row in rows_of(
                    number=number,
                    rank=ranks[number],
                    count=count,
                    first=first,
                    experiments=experiments,
                    datasets=datasets,
                ):
                    rows[table].append(row)
            write(rows)


@contextmanager
def writing(store: Any) -> Iterator[Write]:
    """A call that adds rows to tables. PostgreSQL takes them by COPY, and believes that what they refer to is there."""
    if not in_postgresql(store):
        yield lambda rows: insert(store, rows)
        return
    with database_of(store).alone() as connection:
        with suppress(Exception):  # for superusers only
            connection.execute("SET session_replication_role = replica")
        yield lambda rows: copy(connection, rows)
        connection.execute("SELECT setval(pg_get_serial_sequence('runs', 'id'), (SELECT max(id) FROM runs))")


def insert(store: Any, rows: Mapping[str, Sequence[Row]]) -> None:
    with database_of(store).write() as sql:
        for table, chosen in rows.items():
            width = ", ".join("?" * len(chosen[0]))
            sql.executemany(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({width})", chosen)


def copy(connection: Any, rows: Mapping[str, Sequence[Row]]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for table, chosen in rows.items():
            with cursor.copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as target:
                for row in chosen:
                    target.write_row(row)


def settle(store: Any) -> None:
    """What PostgreSQL does by itself within minutes, so that a store of some age is measured."""
    if in_postgresql(store):
        with database_of(store).alone() as connection:
            connection.execute("VACUUM ANALYZE")


def rows_of(
    *, number: int, rank: int, count: int, first: int, experiments: Sequence[int], datasets: dict[tuple[int, str], int]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    key, kind = first + number, kind_of(rank, count)
    run_id = f"{random.Random(number).getrandbits(128):032x}"
    experiment = experiments[0] if number % 2 else experiments[1 + number // 2 % 9]
    start = 1_700_000_000_000 + number * 1000
    uri = f"mlflow-artifacts:/{experiment}/{run_id}/artifacts"
    name = f"name-{kind}-{rank}"
    yield (
        "runs",
        (key, run_id, experiment, name, f"user-{kind}", STATUS[kind], start, start + rank, uri, "active"),
    )
    values = {f"m{index}": random.Random(number * 10 + index).random() for index in range(6)}
    values |= {"rank": float(rank), "constant": 1.0, "steps": float(rank % 5)}
    values |= {"sparse" if rank % 10 == 0 else "dense": float(rank)}
    for metric, value in values.items():
        yield "latest_metrics", (key, metric, value, start, 1, 0)
    yield "params", (key, "kind", kind)
    yield "params", (key, "unique", f"value-{rank}")
    yield "params", (key, "always", "1")
    if kind != "ten":
        yield "params", (key, "not-ten", "1")
    if kind != "hundredth":
        yield "params", (key, "not-hundredth", "1")
    if kind != "most":
        yield "params", (key, "not-most", "1")
    yield "params", (key, "long", "x" * 100)
    yield "tags", (key, "mlflow.runName", name)
    yield "tags", (key, "kind", kind)
    yield "tags", (key, "mlflow.user", f"user-{kind}")
    dataset = datasets[experiment, {"ten": "tenfold", "hundredth": "special"}.get(kind, "everyday")]
    yield "dataset_inputs", (key, dataset)
    yield "dataset_input_tags", (key, dataset, "mlflow.data.context", f"context-{kind}")
