"""The histories of one metric of several runs, for charts."""

from typing import TYPE_CHECKING

import pytest

from mlproj.tracking.entities import Metric

if TYPE_CHECKING:
    from tests.server.conftest import Api


@pytest.fixture
def two_runs(api: "Api") -> list[str]:
    other = api.store.create_run(api.experiment_id, start_time=2).run_id
    runs = sorted([api.run_id, other])
    for number, run_id in enumerate(runs):
        points = [Metric(key="loss", value=step / 2, timestamp=step, step=step * (number + 1)) for step in range(50)]
        api.store.log_batch(run_id, metrics=points)
    return runs


def test_histories_in_bulk(api: "Api", two_runs: list[str]) -> None:
    found = api.get("metrics/get-history-bulk", run_id=two_runs, metric_key="loss").json["metrics"]
    assert len(found) == 100
    assert found[0] == {"key": "loss", "value": 0.0, "timestamp": 0, "step": 0, "run_id": two_runs[0]}
    assert [point["run_id"] for point in found] == [two_runs[0]] * 50 + [two_runs[1]] * 50
    few = api.get("metrics/get-history-bulk", run_id=two_runs, metric_key="loss", max_results="3").json["metrics"]
    assert [point["step"] for point in few] == [0, 1, 2]
    assert api.get("metrics/get-history-bulk", run_id="none", metric_key="loss").json == {"metrics": []}
    path = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={two_runs[0]}&metric_key=loss"
    assert len(api.send("GET", path).json["metrics"]) == 50


def test_sampled_histories(api: "Api", two_runs: list[str]) -> None:
    path = "metrics/get-history-bulk-interval"
    everything = api.get(path, run_ids=two_runs, metric_key="loss").json["metrics"]
    assert len(everything) == 100
    sampled = api.get(path, run_ids=two_runs, metric_key="loss", max_results="5").json["metrics"]
    steps = [(point["run_id"], point["step"]) for point in sampled]
    assert steps == [
        *((two_runs[0], step) for step in (0, 10, 20, 30, 49)),
        *((two_runs[1], step) for step in (0, 20, 40, 60, 98)),
    ]
    part = api.get(path, run_ids=two_runs[:1], metric_key="loss", start_step="10", end_step="12").json["metrics"]
    assert [point["step"] for point in part] == [10, 11, 12]
    one = api.get(path, run_ids=two_runs[:1], metric_key="loss", max_results="1").json["metrics"]
    assert [point["step"] for point in one] == [49]
    assert api.get(path, run_ids="none", metric_key="loss").content == b"{}"


def test_values_that_are_no_numbers(api: "Api") -> None:
    api.store.log_batch(api.run_id, metrics=[Metric(key="nan", value=float("nan"), timestamp=1)])
    for path, name in (("get-history-bulk", "run_id"), ("get-history-bulk-interval", "run_ids")):
        (point,) = api.get(f"metrics/{path}", **{name: api.run_id}, metric_key="nan").json["metrics"]
        assert point["value"] == "NaN"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("get-history-bulk", {"metric_key": "a"}),
        ("get-history-bulk", {"run_id": "a"}),
        ("get-history-bulk", {"run_id": "a", "metric_key": "a", "max_results": "0"}),
        ("get-history-bulk", {"run_id": "a", "metric_key": "a", "max_results": "x"}),
        ("get-history-bulk", {"run_id": ["a"] * 101, "metric_key": "a"}),
        ("get-history-bulk-interval", {"metric_key": "a"}),
        ("get-history-bulk-interval", {"run_ids": "a"}),
        ("get-history-bulk-interval", {"run_ids": ["a"] * 101, "metric_key": "a"}),
        ("get-history-bulk-interval", {"run_ids": "a", "metric_key": "a", "max_results": "2501"}),
        ("get-history-bulk-interval", {"run_ids": "a", "metric_key": "a", "start_step": "1"}),
        ("get-history-bulk-interval", {"run_ids": "a", "metric_key": "a", "end_step": "1"}),
        ("get-history-bulk-interval", {"run_ids": "a", "metric_key": "a", "start_step": "2", "end_step": "1"}),
        ("get-history-bulk-interval", {"run_ids": "a", "metric_key": "a", "start_step": "x", "end_step": "1"}),
    ],
)
def test_requests_that_make_no_sense(api: "Api", path: str, query: dict[str, str | list[str]]) -> None:
    answer = api.get(f"metrics/{path}", **query)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
