"""Routes, bodies and errors, whatever the endpoint."""

import json
import socket
from collections.abc import Iterator
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import urllib3

from mlproj.server.access.guard import Guard
from mlproj.server.access.hosts import NamedHosts
from mlproj.server.app import Answer, build_app, plain
from mlproj.server.inside import Inside
from mlproj.server.service import Service
from mlproj.server.serving import serve
from mlproj.tracking.base import LocalStore

if TYPE_CHECKING:
    from tests.server.conftest import Api

JSON = {"Content-Type": "application/json"}


def test_health_and_version(api: "Api") -> None:
    assert (api.send("GET", "/health").content, api.send("GET", "/version").content) == (b"OK", b"3.17.2")


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_what_the_server_can_do(api: "Api", prefix: str) -> None:
    info = api.send("GET", f"{prefix}/3.0/mlflow/server-info").json
    assert (info["store_type"], info["multipart_uploads_enabled"]) == ("SqlStore", False)


def test_the_page_has_a_mirror_of_the_api(api: "Api") -> None:
    for prefix in ("api", "ajax-api"):
        answer = api.send("GET", f"/{prefix}/2.0/mlflow/runs/get?run_id={api.run_id}")
        assert answer.json["run"]["info"]["run_uuid"] == api.run_id
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "2.0/mlflow/traces"),
        ("PATCH", "2.0/mlflow/traces/t/tags"),
        ("POST", "3.0/mlflow/traces/search"),
        ("GET", "3.0/mlflow/traces/t/assessments/a"),
        ("POST", "2.0/mlflow/artifacts/presigned-upload-url"),
        ("GET", "3.0/mlflow/workspaces"),
        ("POST", "3.0/mlflow/datasets/create"),
        ("POST", "3.0/mlflow/scorers/register"),
        ("DELETE", "3.0/mlflow/gateway/endpoints/delete"),
        ("POST", "2.0/mlflow/webhooks"),
        ("POST", "3.0/mlflow/issues/search"),
        ("POST", "2.0/mlflow/prompt-optimization/jobs"),
    ],
)
def test_parts_of_mlflow_that_are_not_here(api: "Api", method: str, path: str) -> None:
    for prefix in ("/api/", "/ajax-api/"):
        answer = api.send(method, f"{prefix}{path}", b"{}", {"Content-Type": "application/json"})
        assert (answer.status, answer.code) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/2.0/mlflow/nothing",
        "/api/2.0/mlflow/runs/get/",
        "/api/2.0/mlflow/webhooks",
        "/api/2.0/mlflow/traces",
        "/api/3.0/mlflow/runs/get",
        "/api/9.0/mlflow/runs/get",
    ],
)
def test_unknown_endpoints(api: "Api", path: str) -> None:
    answer = api.send("GET", path)
    assert (answer.status, answer.code) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), [("GET", "runs/create"), ("POST", "runs/get"), ("PUT", "logged-models")])
def test_wrong_verbs(api: "Api", method: str, path: str) -> None:
    answer = api.send(method, f"/api/2.0/mlflow/{path}", b"{}", JSON)
    assert (answer.status, answer.code) == (405, "ENDPOINT_NOT_FOUND")
    assert "allow" in {name.lower() for name in answer.headers}


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_bodies(api: "Api", kind: str) -> None:
    body = json.dumps({"run_id": api.run_id, "key": "t", "value": "ü 🎉"}).encode()
    assert api.send("POST", "/api/2.0/mlflow/runs/set-tag", body, {"Content-Type": kind}).content == b"{}"
    assert api.run().tags["t"] == "ü 🎉"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
def test_bodies_of_another_type(api: "Api", kind: str) -> None:
    body = json.dumps({"run_id": api.run_id, "key": "t", "value": "v"}).encode()
    answer = api.send("POST", "/api/2.0/mlflow/runs/set-tag", body, {"Content-Type": kind})
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
    assert "Content-Type must be application/json" in answer.message


def test_old_clients_encode_their_json_twice(api: "Api") -> None:
    body = json.dumps(json.dumps({"run_id": api.run_id, "key": "t", "value": "v"})).encode()
    assert api.send("POST", "/api/2.0/mlflow/runs/set-tag", body, JSON).status == 200
    assert api.run().tags["t"] == "v"


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"{", b"[]", b"5", b"null", b'"x"', b'"{"', b"\xff\xfe", b'{"run_id": NaN}', b"[" * 5000]
)
def test_malformed_bodies_are_empty_ones(api: "Api", body: bytes) -> None:
    answer = api.send("POST", "/api/2.0/mlflow/runs/set-tag", body, JSON)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
    assert answer.message.startswith("Missing value for required parameter")


def test_fields_that_nobody_knows_are_ignored(api: "Api") -> None:
    assert api.post("runs/set-tag", run_id=api.run_id, key="t", value="v", more={"a": [1]}).status == 200


def test_a_field_in_both_spellings(api: "Api") -> None:
    answer = api.post("runs/set-tag", run_id=api.run_id, runId=api.run_id, key="t", value="v")
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_that_are_too_large(api: "Api", *, chunked: bool) -> None:
    size = 65 * 1024 * 1024
    body = (b" " * 1024 * 1024 for _ in range(65)) if chunked else b" " * size
    answer = api.send("POST", "/api/2.0/mlflow/runs/set-tag", body, JSON)
    assert (answer.status, answer.code) == (413, "INVALID_PARAMETER_VALUE")


def test_a_large_body_that_is_allowed(api: "Api") -> None:
    long = "x" * 10_000_000
    dataset = {"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "s", "profile": long}}
    assert api.post("runs/log-inputs", run_id=api.run_id, datasets=[dataset]).status == 200
    assert api.run().dataset_inputs[0].dataset.profile == long


@pytest.fixture(params=["plain", "inside"])
def answer(request: pytest.FixtureRequest) -> Answer:
    return plain if request.param == "plain" else Inside(pytest.fail).answer


@pytest.fixture
def open_url(store: LocalStore, answer: Answer) -> Iterator[str]:
    """A server without tokens, as a shared one will be."""
    errors: list[BaseException] = []
    listening = socket.create_server(("127.0.0.1", 0))
    stop, stopping = socket.socketpair()
    with stop, stopping, listening, Service(store, errors.append) as service:
        app = Guard(build_app(service, answer=answer), hosts=NamedHosts(()), on_error=errors.append)
        thread = Thread(target=serve, args=(app, [listening], stopping))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        stop.send(b"x")
        thread.join()
    assert errors == []


def test_a_server_that_does_not_know_who_calls(open_url: str, store: LocalStore) -> None:
    body = json.dumps({"experiment_id": "0"}).encode()
    with urllib3.PoolManager(retries=False) as pool:
        created = pool.request("POST", f"{open_url}/api/2.0/mlflow/runs/create", body=body, headers=JSON).json()
    assert "mlflow.parentRunId" not in store.get_run(created["run"]["info"]["run_id"]).tags
