"""What pages ask of a store beyond MLflow's API: curves to draw and names of columns, in every database."""

import math
from typing import cast

import pytest

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import ColumnNames, Metric, ViewType
from mlproj.tracking.sql.curves import MANY


@pytest.fixture(params=["sqlite_store", "postgres_store"])
def database(request: pytest.FixtureRequest) -> LocalStore:
    return cast("LocalStore", request.getfixturevalue(request.param))


def log(database: LocalStore, run_id: str, values: list[float], *, start: int = 1000) -> None:
    points = [Metric(key="m", value=v, timestamp=start + 10 * step, step=step) for step, v in enumerate(values)]
    for first in range(0, len(points), 1000):
        database.log_batch(run_id, metrics=points[first : first + 1000])


def test_few_points_are_all_there(database: LocalStore) -> None:
    first, second = (database.create_run("0", start_time=number).run_id for number in range(2))
    log(database, first, [3.0, math.nan, 1.0])
    (curve,) = database.metric_curves([first, second, "0" * 32], "m", points=10)
    assert (curve.run_id, curve.at, curve.exact) == (first, (0, 1, 2), True)
    assert curve.values[0] == 3
    assert math.isnan(curve.values[1])
    (curve,) = database.metric_curves([first], "m", points=10, axis="timestamp")
    assert curve.at == (1000, 1010, 1020)
    assert database.metric_curves([], "m", points=10) == ()


def test_runs_come_in_the_order_that_was_asked_for(database: LocalStore) -> None:
    ids = [database.create_run("0", start_time=number).run_id for number in range(3)]
    for run_id in ids:
        log(database, run_id, [1.0])
    wanted = [ids[2], ids[0], ids[1], ids[0]]
    assert [curve.run_id for curve in database.metric_curves(wanted, "m", points=10)] == [ids[2], ids[0], ids[1]]


def test_many_points_keep_their_extremes(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    values = [float(step % 7) for step in range(5000)]
    values[1234], values[4321] = 100.0, -50.0
    log(database, run_id, values)
    (curve,) = database.metric_curves([run_id], "m", points=200)
    assert not curve.exact
    assert len(curve.at) <= 202
    assert (curve.at[0], curve.at[-1]) == (0, 4999)
    assert list(curve.at) == sorted(curve.at)
    assert (max(curve.values), min(curve.values)) == (100, -50)
    near = curve.at[curve.values.index(100.0)]
    assert abs(near - 1234) <= 5000 // 100


def test_a_part_of_many_points_is_exact(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    log(database, run_id, [float(step) for step in range(3000)])
    (curve,) = database.metric_curves([run_id], "m", points=200, between=(1000, 1099))
    assert curve.exact
    assert curve.at == tuple(range(1000, 1100))
    (curve,) = database.metric_curves([run_id], "m", points=200, axis="timestamp", between=(1000, 1990))
    assert curve.values == tuple(float(step) for step in range(100))
    assert database.metric_curves([run_id], "m", points=200, between=(5000, 6000)) == ()


def test_steps_may_be_anything(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    points = [Metric(key="m", value=1.0, timestamp=1, step=step) for step in (-(2**62), -5, 0, 5, 2**62)]
    database.log_batch(run_id, metrics=points)
    (curve,) = database.metric_curves([run_id], "m", points=2)
    assert curve.at[0] == -(2**62)
    assert curve.at[-1] == 2**62


def test_runs_are_counted(database: LocalStore) -> None:
    other = database.create_experiment("other")
    made = [database.create_run("0", start_time=number, tags={"team": "ö" * number}).run_id for number in range(7)]
    for number, run_id in enumerate(made):
        metrics = [Metric(key="m", value=number, timestamp=1)]
        database.log_batch(run_id, params={"p": str(number % 2)}, metrics=metrics)
    database.delete_run(made[-1])
    gone = database.create_run(other, start_time=9)
    assert database.count_runs(["0"]) == 6
    assert database.count_runs(["0", other]) == 7
    assert database.count_runs([]) == 0
    for text, count in (
        ("params.p = '1'", 3),
        ("params.p = '1' AND metrics.m > 1", 2),
        ("params.p = '1' AND metrics.m > 1 AND start_time < 4", 1),
        ("params.none IS NULL", 6),
        ("params.p IS NULL", 0),
        ("tags.team LIKE '%ö%'", 5),
        ("run_id IN ('x')", 0),
        ("status = 'RUNNING'", 6),
    ):
        found = database.search_runs(["0"], filter_string=text)
        assert database.count_runs(["0"], filter_string=text) == len(found.items) == count, text
    assert database.count_runs(["0"], view_type=ViewType.DELETED_ONLY) == 1
    assert database.count_runs(["0"], view_type=ViewType.ALL) == 7
    database.delete_run(gone.run_id)
    assert database.count_runs([other, "12345"]) == 0
    with pytest.raises(InvalidValueError):
        database.count_runs(["0"], filter_string="what?")


def test_names_of_columns(database: LocalStore) -> None:
    other = database.create_experiment("other")
    for number in range(3):
        run = database.create_run("0", start_time=number, tags={"team": "ö"})
        metrics = [Metric(key=f"m{number}", value=1, timestamp=1)]
        database.log_batch(run.run_id, params={"p": "1", "a b": "2"}, metrics=metrics)
    database.log_batch(database.create_run(other, start_time=9).run_id, params={"elsewhere": "1"})
    found = database.column_names(["0"], newest=2)
    assert found.metrics == ("m1", "m2")
    assert found.params == ("a b", "p")
    assert {"team", "mlflow.runName"} <= set(found.tags)
    assert database.column_names([], newest=1).params == ("elsewhere",)
    assert database.column_names([other], newest=500).metrics == ()
    assert database.column_names(["12345"], newest=500) == ColumnNames()


@pytest.mark.parametrize("axis", ["step", "timestamp"])
def test_very_many_points_are_looked_up(database: LocalStore, axis: str) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    log(database, run_id, [float(step % 100) for step in range(MANY + 5000)], start=0)
    (curve,) = database.metric_curves([run_id], "m", points=300, axis=axis)
    scale = 10 if axis == "timestamp" else 1
    assert 290 <= len(curve.at) <= 300
    assert (curve.at[0], curve.at[-1]) == (0, (MANY + 4999) * scale)
    assert list(curve.at) == sorted(curve.at)
    assert all(value == at // scale % 100 for at, value in zip(curve.at, curve.values, strict=True))
    (curve,) = database.metric_curves([run_id], "m", points=300, axis=axis, between=(0, 22_000 * scale))
    assert max(curve.at) <= 22_000 * scale
    assert len(curve.at) > 100


def test_very_many_points_of_one_moment_are_gone_through(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    for first in range(0, MANY + 1000, 1000):
        points = [Metric(key="m", value=float(step), timestamp=1, step=step) for step in range(first, first + 1000)]
        database.log_batch(run_id, metrics=points)
    (curve,) = database.metric_curves([run_id], "m", points=100)
    assert len(curve.at) <= 102
    assert (curve.at[0], curve.at[-1]) == (0, MANY + 999)
    assert (min(curve.values), max(curve.values)) == (0, MANY + 999)
