"""What a genuine server answers to the same requests, where a rule is too fine for examples."""

import math
from typing import TYPE_CHECKING, Any

import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.conftest import Genuine
    from tests.server.conftest import Api

KEY = "loss"
POINTS = st.lists(
    st.tuples(st.integers(-3, 40), st.integers(0, 5), st.sampled_from([0.0, 1.5, -2.0, math.nan, math.inf])),
    max_size=80,
)


class Side:
    """One of two servers."""

    def __init__(self, url: str, pool: urllib3.PoolManager, experiment_id: str) -> None:
        self._base = f"{url}/api/2.0/mlflow"
        self._pool = pool
        self._experiment_id = experiment_id

    def new_run(self, points: list[tuple[int, int, float]]) -> str:
        run = self._post("runs/create", experiment_id=self._experiment_id, start_time=1)
        run_id = str(run["run"]["info"]["run_id"])
        metrics = [
            {"key": KEY, "step": step, "timestamp": timestamp, "value": _wired(value)}
            for step, timestamp, value in points
        ]
        self._post("runs/log-batch", run_id=run_id, metrics=metrics)
        return run_id

    def sample(self, run_ids: list[str], **query: int) -> list[tuple[object, ...]]:
        """Points, with the number of its run for each."""
        fields = [*(("run_ids", run_id) for run_id in run_ids), ("metric_key", KEY)]
        fields += [(name, str(value)) for name, value in query.items()]
        path = f"{self._base}/metrics/get-history-bulk-interval"
        answer = self._pool.request("GET", path, fields=fields)
        assert answer.status == 200, answer.data
        return [
            (run_ids.index(point["run_id"]), point["step"], point["timestamp"], point["value"])
            for point in answer.json().get("metrics", [])
        ]

    def _post(self, path: str, **body: Any) -> Any:
        answer = self._pool.request("POST", f"{self._base}/{path}", json=body)
        assert answer.status == 200, answer.data
        return answer.json()


def _wired(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if math.isinf(value) else value


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    histories=st.lists(POINTS, min_size=1, max_size=3),
    most=st.integers(1, 25),
    steps=st.none() | st.tuples(st.integers(-5, 45), st.integers(-5, 45)).map(sorted),
)
def test_sampled_histories_are_those_of_a_genuine_server(
    api: "Api", genuine: "Genuine", histories: list[list[tuple[int, int, float]]], most: int, steps: list[int] | None
) -> None:
    query = {"max_results": most}
    if steps:
        query |= {"start_step": steps[0], "end_step": steps[1]}
    answers = []
    for side in (Side(api.url, api.pool, api.experiment_id), Side(genuine.url, api.pool, "0")):
        run_ids = [side.new_run(points) for points in histories]
        answers.append(side.sample([*run_ids, run_ids[0]], **query))
    assert answers[0] == answers[1]
