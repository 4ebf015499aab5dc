"""Imports into PostgreSQL, and from an MLflow database that is in PostgreSQL."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mlproj.config import load_settings
from mlproj.errors import TrackingError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import ViewType
from mlproj.transfer.importing import Import
from mlproj.transfer.opening import open_source
from mlproj.transfer.summary import Summary

if TYPE_CHECKING:
    from tests.tracking.conftest import Postgres

SOURCES = Path(__file__).parent.parent / "transfer" / "sources"
TYPES = {"INTEGER": "BIGINT", "FLOAT": "DOUBLE PRECISION", "BOOLEAN": "BOOLEAN", "BIGINT": "BIGINT"}


@pytest.fixture(params=["2.22", "3.17"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    text = (SOURCES / f"mlflow-{request.param}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        connection.executescript(text.replace("{ROOT}", str(tmp_path)))
    return tmp_path / "mlflow.db"


def bring(uri: str, store: LocalStore) -> Summary:
    with closing(open_source(uri, settings=load_settings())) as source:
        return Import(source, store).carry_out()


def copy_to_postgresql(database: Path, uri: str) -> None:
    """The same tables with the same rows, in the types that MLflow has there."""
    with closing(sqlite3.connect(database)) as source, psycopg.connect(uri) as target:
        for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [(row[1], row[2].split("(")[0]) for row in source.execute(f'PRAGMA table_info("{table}")')]
            types = ", ".join(f'"{name}" {TYPES.get(kind, "TEXT")}' for name, kind in columns)
            target.execute(f'CREATE TABLE "{table}" ({types})'.encode())
            marks = ", ".join(["%s"] * len(columns))
            for row in source.execute(f'SELECT * FROM "{table}"'):
                values: list[Any] = [
                    bool(value) if kind == "BOOLEAN" else value for value, (_, kind) in zip(row, columns, strict=True)
                ]
                target.execute(f'INSERT INTO "{table}" VALUES ({marks})'.encode(), values)


def contents(store: LocalStore) -> list[str]:
    """All runs of a store, without the ids of experiments, which are its own."""
    experiments = [item.experiment_id for item in store.search_experiments(view_type=ViewType.ALL).items]
    runs = store.search_runs(experiments, view_type=ViewType.ALL).items
    return sorted(repr(replace(run, experiment_id="", artifact_uri="")) for run in runs)


def test_into_postgresql(database: Path, postgres_store: LocalStore, sqlite_store: LocalStore) -> None:
    summary = bring(str(database), postgres_store)
    assert (summary.written, summary.disagreements, summary.versions) == (5, [], 2)
    again = bring(str(database), postgres_store)
    assert (again.written, again.present, again.versions, again.logged_models) == (0, 5, 0, 0)
    bring(str(database), sqlite_store)
    assert contents(postgres_store) == contents(sqlite_store)
    assert postgres_store.registry.get_model("forest").aliases == {"champion": 3}


def test_from_postgresql(
    database: Path, postgres: "Postgres", sqlite_store: LocalStore, postgres_store: LocalStore
) -> None:
    uri = postgres.new_database()
    copy_to_postgresql(database, uri)
    summary = bring(uri.replace("postgresql://", "postgresql+psycopg2://"), sqlite_store)
    assert (summary.written, summary.disagreements, summary.datasets, summary.versions) == (5, [], 2, 2)
    bring(str(database), postgres_store)
    assert contents(postgres_store) == contents(sqlite_store)


def test_a_database_of_another_program(postgres: "Postgres", require: Callable[[object, str], None]) -> None:
    with pytest.raises(TrackingError, match="no database of MLflow") as caught:
        open_source(postgres.new_database(), settings=load_settings())
    assert "s3cret" not in str(caught.value)
