"""Stores to look at: many runs, and a few with a long metric, written straight into the tables of both programs."""

import itertools
import random
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from measuring import environment, our_program, peer_program

KEYS, LONG_RUNS, POINTS = 20, 20, 100_000
START = 1_700_000_000_000
FILLED = "filled"
OURS = {
    "runs": "INSERT INTO runs (id, run_id, experiment_id, run_name, user_id, status, start_time, end_time,"
    " artifact_uri, lifecycle_stage) VALUES (?, ?, 1, ?, 'ada', 'FINISHED', ?, ?, '', 'active')",
    "params": "INSERT INTO params (run, key, value) VALUES (?, ?, ?)",
    "latest": "INSERT INTO latest_metrics (run, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)",
    "points": "INSERT INTO metrics (run, key, timestamp, step, value, is_nan) VALUES (?, 'long', ?, ?, ?, 0)",
}
THEIRS = {
    "runs": "INSERT INTO runs (run_uuid, experiment_id, name, user_id, status, start_time, end_time, artifact_uri,"
    " lifecycle_stage, source_type) VALUES (?, 1, ?, 'ada', 'FINISHED', ?, ?, '', 'active', 'LOCAL')",
    "params": "INSERT INTO params (run_uuid, key, value) VALUES (?, ?, ?)",
    "latest": "INSERT INTO latest_metrics (run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)",
    "points": "INSERT INTO metrics (run_uuid, key, timestamp, step, value, is_nan) VALUES (?, 'long', ?, ?, ?, 0)",
    "tags": "INSERT INTO tags (run_uuid, key, value) VALUES (?, 'mlflow.runName', ?)",
}


def run_id(number: int) -> str:
    return f"{number:032x}"


def our_environment(home: Path) -> dict[str, str]:
    return environment(home) | {"MLPROJ_HOME": str(home)}


def our_store(home: Path, count: int) -> None:
    """The home of ours, filled unless it is."""
    if (home / FILLED).exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    command = [str(our_program()), "experiments", "create", "scale"]
    subprocess.run(command, env=our_environment(home), check=True, capture_output=True)
    _fill(home / "mlproj.db", count, OURS, owner=lambda number: number)
    (home / FILLED).touch()


def their_store(home: Path, count: int) -> str:
    """The address of the reference's store."""
    address = f"sqlite:///{home}/mlflow.db"
    if (home / FILLED).exists():
        return address
    home.mkdir(parents=True, exist_ok=True)
    environ, program = environment(home), peer_program()
    subprocess.run([str(program), "db", "upgrade", address], env=environ, check=True, capture_output=True)
    code = "import sys, mlflow; mlflow.set_tracking_uri(sys.argv[1]); mlflow.create_experiment('scale')"
    command = [str(program.with_name("python")), "-c", code, address]
    subprocess.run(command, env=environ, cwd=home, check=True, capture_output=True)
    _fill(home / "mlflow.db", count, THEIRS, owner=run_id)
    (home / FILLED).touch()
    return address


def _fill(database: Path, count: int, statements: dict[str, str], *, owner: Callable[[int], Any]) -> None:
    """Table by table: logging that much would take an hour."""
    with closing(sqlite3.connect(database)) as sql, sql:
        sql.execute("PRAGMA cache_size = -500000")
        tables = _rows(count, owner)
        for table, statement in statements.items():
            sql.executemany(statement, tables[table])


def _rows(count: int, owner: Callable[[int], Any]) -> dict[str, Iterator[tuple[Any, ...]]]:
    chance, numbers, long = random.Random(7), range(1, count + 1), range(1, LONG_RUNS + 1)
    begun = {number: START + number * 1000 for number in numbers}

    def run(number: int) -> tuple[Any, ...]:
        head = (number, run_id(number)) if owner is not run_id else (run_id(number),)
        return (*head, f"run-{number}", begun[number], begun[number] + 500)

    ends = ((owner(number), "long", 1.0, START + POINTS - 1, POINTS - 1) for number in long)
    short = ((owner(n), f"metric{key}", chance.random(), begun[n], 0) for n in numbers for key in range(KEYS))
    return {
        "runs": (run(number) for number in numbers),
        "params": ((owner(n), f"param{key}", str(n % 7 + key)) for n in numbers for key in range(KEYS)),
        "latest": itertools.chain(short, ends),
        "points": (
            (owner(n), START + step, step, chance.random() + step / POINTS) for n in long for step in range(POINTS)
        ),
        "tags": ((owner(number), f"run-{number}") for number in numbers),
    }
