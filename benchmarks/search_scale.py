"""How long searches take in a store with many runs.

    python benchmarks/search_scale.py 100000 sqlite:////tmp/scale.db
    python benchmarks/search_scale.py 100000 postgresql://me@localhost/scale

An empty store is filled first: ten metrics, seven params and three tags a run, half of the runs in one experiment and
the rest spread over nine. Then every kind of filter, at hit rates of 0, 10 runs, 1 % and 90 %, and every kind of order
is asked for, a page of 100 runs each time, over all experiments and over the largest one. Prints the median of each.

On a busy machine wall time tells how busy it is: `--cpu` tells what searches take of processors. In PostgreSQL that is
the time of this process and of the one that serves it, on the same machine, without parallel workers, which nobody
counts:

    PGOPTIONS='-c max_parallel_workers_per_gather=0' python benchmarks/search_scale.py 100000 postgresql://... --cpu
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from scale_store import STATUS, database_of, fill, in_postgresql, settle

from mlproj.config import load_settings
from mlproj.tracking.opening import open_store

KINDS = ("none", "ten", "hundredth", "most")
PAGE = 100


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


def processor_time(store: Any) -> Callable[[], float]:
    """A clock of the seconds that this process, and those which PostgreSQL has for it, have run."""
    if not in_postgresql(store):
        return time.process_time
    with database_of(store).read() as sql:
        found = sql.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    files = [Path(f"/proc/{pid}/schedstat") for (pid,) in found]
    return lambda: time.process_time() + sum(int(file.read_text().split()[0]) for file in files) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("runs", type=int)
    parser.add_argument("store", help="sqlite:///PATH or postgresql://...")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the medians here as well")
    parser.add_argument("--cpu", action="store_true", help="processor time in place of wall time")
    options = parser.parse_args()
    store: Any = open_store(options.store, settings=load_settings({"MLPROJ_HOME": tempfile.gettempdir()}))
    if len(store.search_experiments().items) == 1:
        began = time.perf_counter()
        fill(store, options.runs)
        settle(store)
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    experiments = sorted((item.experiment_id for item in store.search_experiments().items), key=int)
    clock = processor_time(store) if options.cpu else time.perf_counter
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
