"""A store against the simplest thing that could be right: dictionaries. And searches against a filter in Python."""

import math
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import LifecycleStage, Metric, RunStatus
from mlproj.tracking.filters import RUNS, parse_filter
from mlproj.tracking.opening import open_sqlite

KEYS = st.sampled_from(["a", "b", "loss/train", "mlflow.note", "ünï x"])
VALUES = st.one_of(st.sampled_from(["", "1", "x" * 7_000, "it's\n💥"]), st.text(max_size=8))
NUMBERS = st.one_of(st.floats(), st.integers(-3, 3).map(float))
POINTS = st.lists(
    st.builds(Metric, key=KEYS, value=NUMBERS, timestamp=st.integers(0, 3), step=st.integers(-2, 2)), max_size=4
)


def stored(value: float) -> float:
    return value if math.isnan(value) else max(min(value, 1.7976931348623157e308), -1.7976931348623157e308)


def rank(point: Metric) -> tuple[int, int, float, bool]:
    is_nan = math.isnan(point.value)
    return point.step, point.timestamp, 0.0 if is_nan else stored(point.value), is_nan


class StoreModel(RuleBasedStateMachine):
    """Random calls on runs; the model says what each must leave behind."""

    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.store = open_sqlite(Path(self.directory.name) / "x.db")
        self.params: dict[str, dict[str, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.points: dict[str, set[tuple[str, tuple[int, int, float, bool]]]] = {}
        self.deleted: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        self.directory.cleanup()

    @rule(target=runs, name=VALUES, tags=st.dictionaries(KEYS, VALUES))
    def create(self, name: str, tags: dict[str, str]) -> str:
        run = self.store.create_run("0", start_time=1, run_name=name, tags=tags)
        self.params[run.run_id] = {}
        self.tags[run.run_id] = {key: value[:8_000] for key, value in tags.items()} | {"mlflow.runName": run.run_name}
        self.points[run.run_id] = set()
        assert not name or run.run_name == name[:8_000]
        return run.run_id

    @rule(run=runs, points=POINTS, params=st.dictionaries(KEYS, VALUES, max_size=2), tags=st.dictionaries(KEYS, VALUES))
    def log(self, run: str, points: list[Metric], params: dict[str, str], tags: dict[str, str]) -> None:
        cut = {key: value[:6_000] for key, value in params.items()}
        clash = any(self.params[run].get(key, value) != value for key, value in cut.items())
        if clash or run in self.deleted:
            with pytest.raises(InvalidValueError):
                self.store.log_batch(run, metrics=points, params=params, tags=tags)
            return
        self.store.log_batch(run, metrics=points, params=params, tags=tags)
        self.params[run] |= cut
        self.tags[run] |= {key: value[:8_000] for key, value in tags.items()}
        self.points[run] |= {(point.key, rank(point)) for point in points}

    @rule(run=runs, key=KEYS)
    def delete_tag(self, run: str, key: str) -> None:
        if run in self.deleted:
            with pytest.raises(InvalidValueError):
                self.store.delete_tag(run, key)
        elif self.tags[run].pop(key, None) is None:
            with pytest.raises(NotFoundError):
                self.store.delete_tag(run, key)
        else:
            self.store.delete_tag(run, key)

    @rule(run=runs, name=VALUES)
    def rename(self, run: str, name: str) -> None:
        if run in self.deleted:
            return
        assert self.store.update_run(run, run_name=name).run_name == (name[:8_000] or self.tags[run]["mlflow.runName"])
        if name:
            self.tags[run]["mlflow.runName"] = name[:8_000]

    @rule(run=consumes(runs))
    def delete(self, run: str) -> None:
        if run not in self.deleted:
            self.store.delete_run(run)
            self.deleted.add(run)

    @precondition(lambda self: self.deleted)
    @rule(target=runs)
    def restore(self) -> str:
        run = min(self.deleted)
        self.store.restore_run(run)
        self.deleted.discard(run)
        return run

    @invariant()
    def the_store_agrees(self) -> None:
        for run_id in self.params:
            run = self.store.get_run(run_id)
            assert dict(run.params) == self.params[run_id]
            assert dict(run.tags) == self.tags[run_id]
            assert run.run_name == self.tags[run_id]["mlflow.runName"]
            assert (run.lifecycle_stage is LifecycleStage.DELETED) == (run_id in self.deleted)
            keys = {key for key, _ in self.points[run_id]}
            assert set(run.metrics) == keys
            for key in keys:
                ranks = {found for other, found in self.points[run_id] if other == key}
                history = self.store.metric_history(run_id, key).items
                assert sorted(map(rank, history)) == sorted(ranks)
                assert rank(run.metrics[key]) == max(ranks)


StoreModel.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
test_params_metrics_and_tags = StoreModel.TestCase


NAMES = st.sampled_from(["a", "A", "ab", "a%", "a_", "b*", "[a]", "?", ""])
OPERATORS = st.sampled_from(["=", "!=", "LIKE", "ILIKE"])


def matches(operator: str, value: str, pattern: str) -> bool:
    """What a text comparison means, spelt out."""
    if operator in {"=", "!="}:
        return (value == pattern) == (operator == "=")
    if operator == "ILIKE":
        value, pattern = value.lower(), pattern.lower()
    if not pattern:
        return not value
    if pattern[0] == "%":
        return any(matches("LIKE", value[start:], pattern[1:]) for start in range(len(value) + 1))
    return bool(value) and pattern[0] in {"_", value[0]} and matches("LIKE", value[1:], pattern[1:])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=NAMES, operator=OPERATORS, pattern=NAMES, entity=st.sampled_from(["params", "tags"]))
def test_texts_are_compared_as_said(
    sqlite_store: LocalStore, value: str, operator: str, pattern: str, entity: str
) -> None:
    number = sqlite_store.create_experiment(f"e{len(sqlite_store.search_experiments().items)}")
    run = sqlite_store.create_run(number, start_time=1)
    sqlite_store.log_batch(run.run_id, params={"k": value}, tags={"k": value})
    page = sqlite_store.search_runs([number], filter_string=f"{entity}.k {operator} '{pattern}'")
    assert bool(page.items) == matches(operator, value, pattern)


CLAUSES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["metrics.m", "start_time", "end_time"]), st.sampled_from(["<", ">", "=", "!=", "<="])
        ).flatmap(
            lambda pair: st.sampled_from(["1", "-2.5e3", "1e999"]).map(lambda value: f"{pair[0]} {pair[1]} {value}")
        ),
        st.tuples(
            st.sampled_from(["params.p", "tags.t", "run_name", "status", "user_id", "artifact_uri", "run_id"]),
            OPERATORS,
        ).map(lambda pair: f"{pair[0]} {pair[1]} '%x'"),
        st.sampled_from(
            ["params.p IS NULL", "tags.t IS NOT NULL", "run_id IN ('a', 'b')", "dataset.name NOT IN ('a')"]
        ),
        st.sampled_from(["dataset.context = 'x'", "dataset.digest LIKE '%'", "experiment_id = '0'"]),
    ),
    max_size=8,
)
ORDERS = st.lists(
    st.sampled_from(["metrics.m", "params.p DESC", "tags.t", "start_time", "end_time DESC", "run_id", "status"]),
    unique=True,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clauses=CLAUSES, order=ORDERS)
def test_a_filter_finds_what_its_clauses_find(sqlite_store: LocalStore, clauses: list[str], order: list[str]) -> None:
    """A filter as a whole finds what its clauses find one by one."""
    if not sqlite_store.search_runs(["0"]).items:
        for number in range(4):
            run = sqlite_store.create_run("0", start_time=number, run_name="x" * number)
            sqlite_store.log_batch(run.run_id, params={"p": "x" * number}, tags={"t": "yx"} if number % 2 else {})
            sqlite_store.log_batch(
                run.run_id, metrics=[Metric(key="m", value=math.nan if number == 3 else number, timestamp=1)]
            )
            if number == 3:
                sqlite_store.update_run(run.run_id, status=RunStatus.FINISHED, end_time=9)
    found = {
        run.run_id for run in sqlite_store.search_runs(["0"], filter_string=" and ".join(clauses), order_by=order).items
    }
    apart = [{run.run_id for run in sqlite_store.search_runs(["0"], filter_string=clause).items} for clause in clauses]
    everything = {run.run_id for run in sqlite_store.search_runs(["0"]).items}
    assert found == everything.intersection(*apart)


def test_the_grammar_and_the_schema_agree(sqlite_store: LocalStore) -> None:
    """Every attribute that may be asked for is a column."""
    for name in RUNS.attributes:
        assert parse_filter(f"`{name}` = 'x'", RUNS)
        sqlite_store.search_runs(["0"], filter_string=f"`{name}` = 'x'", order_by=[f"`{name}`"])
    for name in RUNS.numbers:
        sqlite_store.search_runs(["0"], filter_string=f"{name} = 1", order_by=[name])


def test_searches_use_their_indexes(sqlite_store: LocalStore) -> None:
    path = sqlite_store.uri.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    with suppress(sqlite3.Error):
        connection.execute("ANALYZE")

    def plan(statement: str, *values: object) -> str:
        return " / ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    by_time = plan("SELECT id FROM runs r WHERE r.experiment_id = ? ORDER BY r.start_time DESC, r.run_id LIMIT 5", 0)
    assert "runs_of_experiment" in by_time
    assert "TEMP B-TREE" not in by_time
    for table in ("params", "tags"):
        found = plan(f"SELECT run FROM {table} WHERE key = ? AND value = ?", "a", "b")
        assert f"COVERING INDEX {table}_by_value (key=? AND value=?)" in found
    metrics = plan("SELECT run FROM latest_metrics WHERE key = ? AND is_nan = 0 AND value > ?", "a", 1)
    assert "COVERING INDEX latest_metrics_by_value" in metrics
    connection.close()
