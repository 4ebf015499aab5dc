"""Whatever is sent, the answer is JSON and never a fault of ours."""

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.server.api import API

if TYPE_CHECKING:
    from tests.server.conftest import Api

JSON = {"Content-Type": "application/json"}
WRITING = [(endpoint.method, endpoint.path) for endpoint in API if endpoint.method != "GET"]
READING = [endpoint.path for endpoint in API if endpoint.method == "GET"]
WORDS = [
    "a",
    "0",
    "1",
    "-1",
    "Default",
    "metrics.m > 1",
    "name ASC",
    "RUNNING",
    "ALL",
    "NaN",
    "m-1",
    "a/b",
    "../a",
    "x" * 300,
]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("key", "value", "timestamp", "step", "model_id", "dataset", "name", "digest"), inner
            ),
        )
    ),
    max_leaves=6,
)
FIELDS = (
    *("experiment_id", "experiment_ids", "experiment_name", "name", "new_name", "artifact_location", "tags", "key"),
    *("value", "run_id", "run_uuid", "run_name", "user_id", "start_time", "end_time", "status", "filter", "order_by"),
    *("max_results", "page_token", "view_type", "run_view_type", "metrics", "params", "timestamp", "step", "datasets"),
    *(
        "models",
        "model_json",
        "metric_key",
        "source_run_id",
        "model_type",
        "path",
        "model_id",
        "artifact_directory_path",
    ),
)


@pytest.fixture(scope="module")
def target(everyone: "Api") -> "Api":
    experiment_id = everyone.store.create_experiment("for hostile callers")
    run_id = everyone.store.create_run(experiment_id, start_time=1).run_id
    everyone.errors.clear()
    return type(everyone)(
        store=everyone.store,
        server=everyone.server,
        url=everyone.server.url_for(run_id),
        run_id=run_id,
        experiment_id=experiment_id,
        errors=everyone.errors,
        pool=everyone.pool,
    )


@pytest.fixture(scope="module")
def model_id(target: "Api") -> str:
    return target.store.create_logged_model(target.experiment_id, name="m", source_run_id=target.run_id).model_id


def _bodies(**likely: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of fields that exist, with values of any kind; some of them make sense."""
    sensible = st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in likely.items()})
    wild = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6)
    return st.builds(lambda first, second: {**first, **second}, wild, sensible)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize(("method", "path"), WRITING)
@given(data=st.data())
def test_bodies(target: "Api", model_id: str, method: str, path: str, data: st.DataObject) -> None:
    place = path.replace("{model_id}", model_id).replace("{tag_key:path}", "t")
    body = data.draw(_bodies(run_id=target.run_id, run_uuid=target.run_id, experiment_id=target.experiment_id))
    answer = target.send(method, f"/api/2.0/mlflow/{place}", json.dumps(body).encode(), JSON)
    assert answer.status in {200, 400, 404}, answer.content
    assert isinstance(answer.json, dict)
    assert target.errors == []


@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("path", READING)
@given(query=st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=6) | st.sampled_from(WORDS), max_size=6))
def test_queries(target: "Api", model_id: str, path: str, query: dict[str, str]) -> None:
    text = urlencode(query, errors="replace")
    answer = target.send("GET", f"/api/2.0/mlflow/{path.replace('{model_id}', model_id)}?{text}")
    assert answer.status in {200, 400, 404}, answer.content
    assert isinstance(answer.json, dict)
    assert target.errors == []


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=50), kind=st.sampled_from(["application/json", "text/plain", "", "é"]))
def test_binary_bodies(target: "Api", body: bytes, kind: str) -> None:
    answer = target.send("POST", "/api/2.0/mlflow/runs/log-batch", body, {"Content-Type": kind})
    assert answer.status == 400
    assert target.errors == []


@settings(max_examples=100, deadline=None)
@given(path=st.text(st.characters(exclude_categories=["Cs"]), max_size=12), method=st.sampled_from(["GET", "PUT"]))
def test_artifact_paths(target: "Api", path: str, method: str) -> None:
    place = f"{target.experiment_id}/{target.run_id}/artifacts/fuzz/{path}"
    body = b"x" if method == "PUT" else None
    answer = target.send(method, f"/api/2.0/mlflow-artifacts/artifacts/{quote(place)}", body)
    assert answer.status in {200, 400, 404}, answer.content
    assert target.errors == []


@settings(max_examples=50, deadline=None)
@given(noise=st.binary(max_size=60))
def test_noise_on_the_line(target: "Api", noise: bytes) -> None:
    parts = urlsplit(target.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(noise)
    assert target.send("GET", "/health").status == 200
