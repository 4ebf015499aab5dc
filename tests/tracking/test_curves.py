"""What pages ask of a store beyond MLflow's API: curves to draw and names of columns, in every database."""

import itertools
import math
from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import ColumnNames, Curve, Metric, RunKeys, ViewType


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
    assert len(curve.at) <= 204
    assert (curve.at[0], curve.at[-1]) == (0, 4999)
    assert list(curve.at) == sorted(curve.at)
    assert (max(curve.values), min(curve.values)) == (100, -50)
    assert curve.at[curve.values.index(100.0)] == 1234


def test_a_glimpse_looks_at_moments(database: LocalStore) -> None:
    long, short, batch = (database.create_run("0", start_time=number).run_id for number in range(3))
    log(database, long, [math.nan if step == 0 else float(step) for step in range(5000)])
    log(database, short, [1.0, 2.0])
    database.log_batch(batch, metrics=[Metric(key="m", value=step, timestamp=5, step=step) for step in range(900)])
    first, second, third = database.metric_curves([long, short, batch], "m", points=200, glimpse=100)
    assert not first.exact
    assert len(first.at) == 100
    assert (first.at[0], first.at[-1]) == (0, 4999)
    assert math.isnan(first.values[0])
    assert all(value == at for at, value in zip(first.at[1:], first.values[1:], strict=True))
    assert max(after - before for before, after in itertools.pairwise(first.at)) <= 51
    assert (second.at, second.exact) == ((0, 1), True)
    assert (third.at, third.exact) == ((), False)
    (part,) = database.metric_curves([long], "m", points=10, axis="timestamp", between=(2000, 9000), glimpse=100)
    assert (part.at[0], part.at[-1]) == (2000, 9000)


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


VALUES = st.one_of(st.floats(width=32), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0]))
STEPS = st.one_of(st.integers(0, 300), st.integers(-50, 50), st.integers(-(2**53), 2**53))
LOGGED = st.lists(st.tuples(st.integers(0, 500), STEPS, VALUES), min_size=1, max_size=150)


@pytest.mark.parametrize("axis", ["step", "timestamp"])
@given(logged=LOGGED, points=st.integers(2, 60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_extreme_is_ever_lost(
    database: LocalStore, axis: str, logged: list[tuple[int, int, float]], points: int
) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    metrics = [Metric(key="m", value=value, timestamp=time, step=step) for time, step, value in logged]
    database.log_batch(run_id, metrics=metrics)
    there = {(step if axis == "step" else time, repr(value + 0.0)) for time, step, value in logged}
    (curve,) = database.metric_curves([run_id], "m", points=points, axis=axis)
    shown = {(at, repr(value + 0.0)) for at, value in zip(curve.at, curve.values, strict=True)}
    assert list(curve.at) == sorted(curve.at)
    assert shown <= there
    if curve.exact:
        assert shown == there
        return
    assert len(curve.at) <= 5 * (points // 2 + 4) + 2
    assert (curve.at[0], curve.at[-1]) == (min(there)[0], max(there)[0])
    assert_nothing_stands_out(shown, there, max(1, points // 2))


def assert_nothing_stands_out(shown: set[tuple[int, str]], there: set[tuple[int, str]], pieces: int) -> None:
    """Each piece of the axis has its lowest and its highest value, and one place of each value that has none."""
    ends = [at for at, _ in there]
    width = min(-(-(max(ends) - min(ends) + 1) // pieces), 2**62)
    for piece in {piece_of(at, width) for at, _ in there}:
        mine, kept = ([float(v) for at, v in points if piece_of(at, width) == piece] for points in (there, shown))
        finite = [value for value in mine if math.isfinite(value)]
        assert {min(finite), max(finite)} <= set(kept) if finite else True
        for told in (math.isnan, lambda value: value == math.inf, lambda value: value == -math.inf):
            assert any(map(told, mine)) == any(map(told, kept))


def piece_of(at: int, width: int) -> int:
    return at // width if at >= 0 else -(-at // width)


def planted(count: int, spike: int) -> Sequence[float]:
    """A curve that hardly moves, with one point that does."""
    return [999.0 if step == spike else math.sin(step / 50) for step in range(count)]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spike=st.integers(0, 24_999))
def test_a_spike_among_very_many_points_is_there_and_comes_closer(sqlite_store: LocalStore, spike: int) -> None:
    run_id = sqlite_store.create_run("0", start_time=0).run_id
    log(sqlite_store, run_id, list(planted(25_000, spike)), start=0)
    for axis, scale in (("step", 1), ("timestamp", 10)):
        (curve,) = sqlite_store.metric_curves([run_id], "m", points=300, axis=axis)
        assert not curve.exact
        assert len(curve.at) <= 304
        assert (curve.at[0], curve.at[-1]) == (0, 24_999 * scale)
        assert curve.at[curve.values.index(999.0)] == spike * scale
        near = (max(0, spike - 100) * scale, (spike + 100) * scale)
        (curve,) = sqlite_store.metric_curves([run_id], "m", points=300, axis=axis, between=near)
        assert curve.exact
        assert curve.at[curve.values.index(999.0)] == spike * scale


def test_steps_that_were_logged_in_no_order(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    steps = [(7 * number) % 3001 for number in range(3001)]
    points = [
        Metric(key="m", value=float(step == 2000), timestamp=number // 100, step=step)
        for number, step in enumerate(steps)
    ]
    for first in range(0, len(points), 1000):
        database.log_batch(run_id, metrics=points[first : first + 1000])
    (curve,) = database.metric_curves([run_id], "m", points=100)
    assert (curve.at[0], curve.at[-1]) == (0, 3000)
    assert curve.at[curve.values.index(1.0)] == 2000


def test_what_is_no_number_keeps_its_place_among_many(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0).run_id
    values = [float(step) for step in range(4000)]
    values[1000], values[2000], values[3000], values[0] = math.nan, math.inf, -math.inf, math.nan
    log(database, run_id, values)
    (curve,) = database.metric_curves([run_id], "m", points=100)
    odd = [(at, value) for at, value in zip(curve.at, curve.values, strict=True) if not math.isfinite(value)]
    assert [at for at, _ in odd] == [0, 1000, 2000, 3000]
    assert [value for _, value in odd][2:] == [math.inf, -math.inf]
    assert (min(finite(curve)), max(finite(curve))) == (1, 3999)
    (curve,) = database.metric_curves([run_id], "m", points=10, between=(1999, 2001))
    assert curve.values == (1999, math.inf, 2001)


def finite(curve: Curve) -> list[float]:
    return [value for value in curve.values if math.isfinite(value)]


def test_runs_with_no_more_of_what_they_logged_than_is_asked_for(database: LocalStore) -> None:
    run_id = database.create_run("0", start_time=0, tags={"team": "a", "other": "b"}).run_id
    metrics = [Metric(key=key, value=value, timestamp=1) for key, value in (("a", math.nan), ("b", 2.0))]
    database.log_batch(run_id, metrics=metrics, params={"p": "1", "a b": "2"})
    keys = RunKeys(metrics=("a", "none"), params=("a b",), tags=("team",))
    (run,) = database.search_runs(["0"], keys=keys).items
    assert (run.params, run.tags, list(run.metrics)) == ({"a b": "2"}, {"team": "a"}, ["a"])
    assert math.isnan(run.metrics["a"].value)
    (run,) = database.search_runs(["0"], keys=RunKeys()).items
    assert (run.params, run.tags, run.metrics) == ({}, {}, {})
    (run,) = database.search_runs(["0"]).items
    assert (len(run.params), len(run.metrics)) == (2, 2)
