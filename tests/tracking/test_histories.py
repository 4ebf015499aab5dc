"""Histories of several runs at once, and the data sets of experiments, in every database."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Dataset, DatasetInput, DatasetSummary, Metric
from mlproj.tracking.sql.histories import evenly


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
    found = database.sampled_histories(runs, "m", max_results=6)
    steps = {run_id: [point.step for point in found if point.run_id == run_id] for run_id in runs}
    assert (steps[runs[0]][0], steps[runs[0]][-1]) == (0, 29)
    assert (steps[runs[1]][0], steps[runs[1]][-1]) == (100, 129)
    assert len(found) <= 6 + 4
    part = database.sampled_histories(runs, "m", max_results=10, steps=(28, 101))
    assert [point.step for point in part] == [28, 29, 100, 101]
    assert database.sampled_histories(runs, "none", max_results=10) == ()


@given(st.lists(st.integers(), unique=True).map(sorted), st.integers(1, 20))
def test_samples_are_even(steps: list[int], most: int) -> None:
    chosen = evenly(steps, most)
    assert len(chosen) == len(set(chosen)) == min(len(steps), most)
    assert chosen == sorted(chosen)
    assert set(chosen) <= set(steps)
    if most > 1 and steps:
        assert {steps[0], steps[-1]} <= set(chosen)


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
