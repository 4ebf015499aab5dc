"""Histories of several runs at once, and the data sets of experiments, in every database."""

import json
import math
import sqlite3
from contextlib import closing
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Dataset, DatasetInput, DatasetSummary, Metric
from mlproj.tracking.paging import read_token, write_token
from mlproj.tracking.sql.histories import spread


@pytest.fixture(params=["sqlite_store", "postgres_store"])
def database(request: pytest.FixtureRequest) -> LocalStore:
    return cast("LocalStore", request.getfixturevalue(request.param))


@pytest.fixture
def runs(database: LocalStore) -> list[str]:
    made = sorted(database.create_run("0", start_time=number).run_id for number in range(2))
    for number, run_id in enumerate(made):
        points = [Metric(key="m", value=float(step), timestamp=step, step=step + 100 * number) for step in range(30)]
        database.log_batch(run_id, metrics=[*points, Metric(key="other", value=1, timestamp=1)])
    return made


def test_first_points(database: LocalStore, runs: list[str]) -> None:
    found = database.metric_histories(runs, "m", max_results=40)
    assert [(point.run_id, point.step) for point in found] == [
        *((runs[0], step) for step in range(30)),
        *((runs[1], step) for step in range(100, 110)),
    ]
    assert database.metric_histories([], "m", max_results=1) == ()


def test_sampled_points(database: LocalStore, runs: list[str]) -> None:
    def steps_of(*run_ids: str, most: int, steps: tuple[int, int] | None = None) -> list[tuple[str | None, int]]:
        found = database.sampled_histories(run_ids, "m", max_results=most, steps=steps)
        return [(point.run_id, point.step) for point in found]

    first, second = runs
    assert steps_of(second, first, most=4) == [
        *((second, step) for step in (100, 108, 116, 129)),
        *((first, step) for step in (0, 8, 16, 29)),
    ]
    assert steps_of(first, first, most=1) == [(first, 29), (first, 29)]
    assert steps_of(first, "none", second, most=10, steps=(28, 101)) == [
        *((first, step) for step in (28, 29)),
        *((second, step) for step in (100, 101)),
    ]
    assert database.sampled_histories(runs, "none", max_results=10) == ()


def test_many_points_at_one_step_are_sampled_too(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=1).run_id
    points = [Metric(key="m", value=float(number), timestamp=number // 2) for number in range(99)]
    database.log_batch(run_id, metrics=[*points, Metric(key="m", value=math.nan, timestamp=60)])
    found = database.sampled_histories([run_id], "m", max_results=5)
    assert repr([point.value for point in found]) == repr([0.0, 20.0, 40.0, 60.0, math.nan])


POINTS = [
    *(Metric(key="m", value=value, timestamp=7, step=step) for step in (-3, 0, 2) for value in (math.nan, -0.5, 1e308)),
    *(Metric(key="m", value=0.0, timestamp=timestamp, step=1) for timestamp in (0, 1, 2**63 - 1)),
    Metric(key="m", value=math.nan, timestamp=1, step=1),
    Metric(key="other", value=1, timestamp=1),
]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_pages_of_a_series_hold_every_point_once_and_by_time(database: LocalStore, size: int) -> None:
    run_id = database.create_run("0", start_time=1).run_id
    database.log_batch(run_id, metrics=POINTS)
    found: list[tuple[int, int, float]] = []
    token: str | None = None
    while True:
        part = database.metric_series(run_id, "m", max_results=size, page_token=token)
        assert part.key == "m"
        found += zip(part.timestamps, part.steps, part.values, strict=True)
        if (token := part.next_page_token) is None:
            break
    whole = database.metric_history(run_id, "m").items
    assert len(found) == len(whole) == len(POINTS) - 1
    assert repr(found) == repr([(point.timestamp, point.step, point.value) for point in whole])
    assert [point[:2] for point in found] == sorted(point[:2] for point in found)
    assert database.metric_series("nothing", "m").values == ()


def test_points_that_come_between_pages_shift_nothing(database: LocalStore, runs: list[str]) -> None:
    first = database.metric_series(runs[0], "m", max_results=10)
    database.log_batch(runs[0], metrics=[Metric(key="m", value=1, timestamp=0, step=-1)])
    second = database.metric_series(runs[0], "m", max_results=10, page_token=first.next_page_token)
    assert (first.steps, second.steps) == (tuple(range(10)), tuple(range(10, 20)))


@pytest.mark.parametrize("after", [None, [], [1, 2, 3.0], [1, 2, "x", 0], [1, 2, 3.0, 2], [2**63, 1, 1.0, 0], "text"])
def test_tokens_of_a_series_that_were_tampered_with(database: LocalStore, runs: list[str], after: object) -> None:
    token = database.metric_series(runs[0], "m", max_results=1).next_page_token
    assert token is not None
    with pytest.raises(InvalidValueError, match=r"token|64 bits"):
        database.metric_series(runs[0], "m", page_token=write_token({**read_token(token), "after": after}))
    with pytest.raises(InvalidValueError, match="another search"):
        database.metric_series(runs[1], "m", page_token=token)


@given(st.integers(0, 200), st.integers(1, 60))
def test_samples_are_the_first_of_each_tile_and_the_last(count: int, most: int) -> None:
    chosen = spread(count, most)
    with closing(sqlite3.connect(":memory:")) as sql:
        tiles = sql.execute(
            "SELECT min(value) FROM (SELECT value, ntile(?) OVER (ORDER BY value) AS tile FROM json_each(?))"
            " GROUP BY tile ORDER BY 1",
            (most, json.dumps(list(range(count)))),
        ).fetchall()
    expected = [row[0] for row in tiles]
    if expected:
        expected[-1] = count - 1
    assert chosen == expected


def test_data_sets_of_experiments(database: LocalStore, runs: list[str]) -> None:
    inputs = [
        DatasetInput(dataset=Dataset(name="b", digest="1"), tags={"mlflow.data.context": "train", "x": "y"}),
        DatasetInput(dataset=Dataset(name="a", digest="1")),
    ]
    for run_id in runs:
        database.log_inputs(run_id, datasets=inputs)
    assert database.search_datasets(["0"]) == (
        DatasetSummary(experiment_id="0", name="a", digest="1"),
        DatasetSummary(experiment_id="0", name="b", digest="1", context="train"),
    )
    with pytest.raises(InvalidValueError):
        database.search_datasets(["x"])
