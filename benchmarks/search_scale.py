"""How long searches take in a store with many runs.

    python benchmarks/search_scale.py 100000 sqlite:////tmp/scale.db
    python benchmarks/search_scale.py 100000 postgresql://me@localhost/scale

An empty store is filled first: ten metrics, seven params and three tags a run, half of the runs in one experiment and
the rest spread over nine. Then every kind of filter, at hit rates of 0, 10 runs, 1 % and 90 %, and every kind of order
is asked for, a page of 100 runs each time, over all experiments and over the largest one. Prints the median of each.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from mlproj.config import load_settings
from mlproj.tracking.opening import open_store

TEN = 10
KINDS = ("none", "ten", "hundredth", "most")
PAGE = 100
CHUNK = 2000
STATUS = {"ten": "KILLED", "hundredth": "FAILED", "most": "FINISHED", "rest": "RUNNING", "none": "SCHEDULED"}


def kind_of(rank: int, count: int) -> str:
    """Which group a run belongs to, from its place in a shuffled order."""
    if rank < TEN:
        return "ten"
    if rank < TEN + count // 100:
        return "hundredth"
    return "most" if rank >= count - count * 9 // 10 else "rest"


def database_of(store: Any) -> Any:
    return store._database  # noqa: SLF001 - one call of the store for each run would take an hour


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
    while numbers := list(islice(pending, CHUNK)):
        rows = [
            list(
                rows_of(
                    number=number,
                    rank=ranks[number],
                    count=count,
                    first=first,
                    experiments=experiments,
                    datasets=datasets,
                )
            )
            for number in numbers
        ]
        with database_of(store).write() as sql:
            for table in ("runs", "latest_metrics", "params", "tags", "dataset_inputs", "dataset_input_tags"):
                chosen = [row for one in rows for name, row in one if name == table]
                width = ", ".join("?" * len(chosen[0]))
                sql.executemany(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({width})", chosen)


def settle(store: Any) -> None:
    """What PostgreSQL does by itself within minutes, so that a store of some age is measured."""
    if store.uri.startswith("postgresql"):
        with database_of(store).alone() as connection:
            connection.execute("VACUUM ANALYZE")


COLUMNS = {
    "runs": "id, run_id, experiment_id, run_name, user_id, status, start_time, end_time, artifact_uri, lifecycle_stage",
    "latest_metrics": "run, key, value, timestamp, step, is_nan",
    "params": "run, key, value",
    "tags": "run, key, value",
    "dataset_inputs": "run, dataset",
    "dataset_input_tags": "run, dataset, key, value",
}


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


def questions(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "first page", {}
    limits = {"none": 0, "ten": 10, "hundredth": count // 100, "most": count * 9 // 10}
    end = 1_700_000_000_000 + count * 1000
    for kind in KINDS:
        size = limits[kind]
        for text in (
            f"metrics.rank < {size}",
            f"metrics.rank >= {count - size}",
            f"params.kind = '{kind}'",
            f"params.kind LIKE '{kind[:-1]}%'",
            f"params.kind LIKE '%{kind[1:]}%'",
            f"tags.kind = '{kind}'",
            f"tags.kind ILIKE '%{kind[1:].upper()}%'",
            f"status = '{STATUS[kind]}'",
            f"user_id = 'user-{kind}'",
            f"user_id LIKE '%-{kind}'",
            f"run_name LIKE '%-{kind}-%'",
            f"start_time >= {end - size * 1000}",
            f"start_time < {1_700_000_000_000 + size * 1000}",
            f"end_time >= {end - size * 1000}",
            f"dataset.context = 'context-{kind}'",
        ):
            yield f"{kind:9} {text}", {"filter_string": text}
        missing = {"none": "always", "ten": "not-ten", "hundredth": "not-hundredth", "most": "not-most"}[kind]
        yield f"{kind:9} params.{missing} IS NULL", {"filter_string": f"params.`{missing}` IS NULL"}
    for text in (
        "params.not-most IS NOT NULL", "metrics.rank = 77", "metrics.rank != 77", "metrics.constant != 1",
        "metrics.nothing > 1", "params.unique = 'value-77'", "params.unique != 'value-77'", "params.always != '1'",
        "run_name = 'name-most-99999'", "run_name != 'x'", "artifact_uri LIKE '%nowhere%'",
        "artifact_uri LIKE 'mlflow%'", "status != 'FINISHED'", "run_id LIKE 'abc%'", "run_id = 'nothing'",
        "dataset.name = 'special'", "dataset.name = 'everyday'", "dataset.digest = 'd3'", "dataset.name != 'everyday'",
        "tags.`mlflow.user` IS NULL",
    ):  # fmt: skip
        yield f"          {text}", {"filter_string": text}
    for key in (
        "metrics.rank", "metrics.m0", "metrics.constant", "metrics.steps", "metrics.sparse", "metrics.nothing",
        "params.kind", "params.unique", "params.long", "tags.kind", "run_name", "status", "user_id", "start_time",
        "end_time", "artifact_uri", "run_id",
    ):  # fmt: skip
        for direction in ("ASC", "DESC"):
            yield f"          ORDER BY {key} {direction}", {"order_by": [f"{key} {direction}"]}


def measure(
    store: Any, experiments: Sequence[str], question: dict[str, Any], times: int, clock: Callable[[], float]
) -> tuple[float, float, int]:
    """Medians of the first and of the second page, in ms, and the number of runs on the first."""
    taken: list[tuple[float, float]] = []
    found = 0
    for _ in range(times):
        began = clock()
        page = store.search_runs(experiments, max_results=PAGE, **question)
        first = clock() - began
        found = len(page.items)
        began = clock()
        if page.next_page_token:
            store.search_runs(experiments, max_results=PAGE, page_token=page.next_page_token, **question)
        taken.append((first * 1000, (clock() - began) * 1000))
    return statistics.median(a for a, _ in taken), statistics.median(b for _, b in taken), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("runs", type=int)
    parser.add_argument("store", help="sqlite:///PATH or postgresql://...")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the medians here as well")
    parser.add_argument("--cpu", action="store_true", help="processor time, for SQLite on a busy machine")
    options = parser.parse_args()
    store: Any = open_store(options.store, settings=load_settings({"MLPROJ_HOME": tempfile.gettempdir()}))
    if len(store.search_experiments().items) == 1:
        began = time.perf_counter()
        fill(store, options.runs)
        settle(store)
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    experiments = sorted((item.experiment_id for item in store.search_experiments().items), key=int)
    clock = time.process_time if options.cpu else time.perf_counter
    report: dict[str, list[float]] = {}
    for scope, chosen in (("all", experiments), ("one", experiments[1:2])):
        for name, question in questions(options.runs):
            first, second, found = measure(store, chosen, question, options.times, clock)
            report[f"{scope} {name}"] = [first, second]
            print(f"{scope} {name:50} {first:8.1f} ms {second:8.1f} ms {found:5} runs", flush=True)
    firsts = sorted(first for first, _ in report.values())
    print(f"{len(firsts)} searches: median {statistics.median(firsts):.1f} ms, slowest {firsts[-1]:.1f} ms")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    store.close()


if __name__ == "__main__":
    main()
