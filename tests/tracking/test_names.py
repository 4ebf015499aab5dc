"""Runs and experiments as people name them."""

import sqlite3
from contextlib import closing

import pytest

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.experiment_names import resolve_experiment
from mlproj.tracking.run_ids import resolve_run_id


def test_ids_may_be_abbreviated(store: Store) -> None:
    run_id = store.create_run("0", start_time=1).run_id
    assert resolve_run_id(store, run_id) == run_id
    assert resolve_run_id(store, run_id[:4]) == run_id
    for text in ("", run_id[:3]):
        with pytest.raises(InvalidValueError):
            resolve_run_id(store, text)
    with pytest.raises(NotFoundError, match="no run"):
        resolve_run_id(store, "not an id")
    with pytest.raises(NotFoundError):
        resolve_run_id(store, run_id + "0")


def test_ambiguous_ids_name_the_candidates(sqlite_store: LocalStore) -> None:

    for _ in range(7):
        sqlite_store.create_run("0", start_time=1)
    path = sqlite_store.uri.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE runs SET run_id = 'abcd' || substr(run_id, 5)")
        connection.commit()
    with pytest.raises(InvalidValueError, match="several run ids") as caught:
        resolve_run_id(sqlite_store, "abcd")
    assert str(caught.value).count("abcd") == 6
    assert "..." in str(caught.value)


def test_experiments_by_name_or_id(store: Store) -> None:
    number = store.create_experiment("mine")
    assert resolve_experiment(store, "mine").experiment_id == number
    assert resolve_experiment(store, number).name == "mine"
    other = store.create_experiment(number)
    assert resolve_experiment(store, number).experiment_id == other
    for text in ("", "nobody", "77", "²"):
        with pytest.raises(NotFoundError):
            resolve_experiment(store, text)
