"""The description of the API, held to what is served."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Route

from mlproj.server.api import API, OWN
from mlproj.server.app import build_app
from mlproj.server.calls import Call, Endpoint
from mlproj.server.openapi import PATH, description, fields
from mlproj.server.requests import Arguments
from mlproj.server.service import Service
from mlproj.server.shapes import CHOICES, ENDPOINTS, ENTITIES
from mlproj.tracking.base import LocalStore

if TYPE_CHECKING:
    from tests.server.conftest import Api

MODEL = '{"run_id": "r", "artifact_path": "m", "utc_time_created": "2026-01-01 00:00:00", "flavors": {}}'
AJAX = "/ajax-api/"
ONLY_AJAX = {"/ajax-api/2.0/mlflow/upload-artifact", "/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"}


def _served(store: LocalStore) -> set[tuple[str, str]]:
    """Method and path of every route, the mirror of the API left out."""
    with Service(store, lambda _: None) as service:
        routes = build_app(service).routes
    found = set()
    for route in routes:
        assert isinstance(route, Route)
        path = re.sub(":(path|any)}", "}", route.path)
        if path.startswith(AJAX) and path not in ONLY_AJAX:
            path = path.replace(AJAX, "/api/", 1)
        found |= {(method, path) for method in route.methods or () if method != "HEAD"}
    return found


def test_what_is_served_is_described_and_nothing_else(store: LocalStore) -> None:
    described = {(method.upper(), path) for path, methods in description()["paths"].items() for method in methods}
    assert described == _served(store)


def test_the_description_is_served(api: "Api") -> None:
    answer = api.send("GET", PATH)
    assert answer.json == description()
    assert answer.headers["content-type"] == "application/json"


def test_every_shape_is_one_of_an_endpoint_and_known() -> None:
    scalars = {"string", "bool", "int32", "int64", "double", *CHOICES}
    shapes = [*ENTITIES.values(), *(shape for pair in ENDPOINTS.values() for shape in pair)]
    for field in (field for shape in shapes for field in fields(shape)):
        assert field.kind.removesuffix("[]") in {*scalars, *ENTITIES}
        assert re.fullmatch(r"[a-z_]+", field.name)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for item in description()["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


class Reading(Arguments):
    """Remembers which arguments were asked for."""

    __slots__ = ("names",)

    def __init__(self, values: dict[str, Any], names: set[str]) -> None:
        super().__init__(values)
        self.names = names

    def raw(self, name: str) -> Any:
        self.names.add(name)
        return super().raw(name)


SAMPLES: dict[str, Any] = {
    "string": "1",
    "bool": True,
    "int32": 1,
    "int64": 1,
    "double": 0.5,
    **{name: members[-1] for name, members in CHOICES.items()},
}


def _sample(kind: str) -> Any:
    if kind.endswith("[]"):
        return [_sample(kind[:-2])]
    if kind in SAMPLES:
        return SAMPLES[kind]
    return {field.name: _sample(field.kind) for field in fields(ENTITIES[kind])}


class Anything:
    """A store that takes whatever it is given, and stops there."""

    def __getattr__(self, name: str) -> Any:
        if name == "registry":
            return self

        def stop(*_: object, **__: object) -> None:
            raise InterruptedError

        return stop


@pytest.mark.parametrize("endpoint", [*API, *OWN], ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_endpoints_read_what_their_shapes_say(endpoint: Endpoint) -> None:
    shape = fields(ENDPOINTS[f"{endpoint.method} {endpoint.path}"][0])
    in_path = set(re.findall(r"\{(\w+)", endpoint.path))
    names: set[str] = set()
    values = {field.name: _sample(field.kind) for field in shape} | dict.fromkeys(in_path, "1")
    values |= {"model_json": MODEL} if "model_json" in values else {}
    store: Any = Anything()
    with pytest.raises(InterruptedError):
        endpoint.answer(Call(store=store, args=Reading(values, names)))
    known = {field.name for field in shape}
    alternatives = {"run_uuid"} if "run_id" in names else set()
    assert names | alternatives >= known
    assert names - in_path - {"run_id"} <= known | alternatives


@pytest.mark.parametrize("endpoint", [*API, *OWN], ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_endpoints_insist_on_what_their_shapes_require(endpoint: Endpoint) -> None:
    shape = fields(ENDPOINTS[f"{endpoint.method} {endpoint.path}"][0])
    in_path = dict.fromkeys(re.findall(r"\{(\w+)", endpoint.path), "1")
    store: Any = Anything()
    whole = {field.name: _sample(field.kind) for field in shape} | in_path
    for field in shape:
        some = {name: value for name, value in whole.items() if name != field.name}
        error = _refusal(endpoint, store, some)
        assert (f"'{field.name}'" in error) == field.required or _comes_in_pairs(field.name), (field.name, error)


def _comes_in_pairs(name: str) -> bool:
    return name in {"start_step", "end_step", "run_id", "run_uuid", "max_results"}


def _refusal(endpoint: Endpoint, store: Any, values: dict[str, Any]) -> str:
    try:
        endpoint.answer(Call(store=store, args=Arguments(values)))
    except InterruptedError:
        return ""
    except Exception as error:  # noqa: BLE001 - whatever it is, its text is looked at
        return str(error)
    return ""


def test_answers_are_as_described(api: "Api") -> None:
    """What a life with one of everything answers, against the schemas."""
    api.post("runs/log-metric", run_id=api.run_id, key="m", value="NaN", timestamp=1)
    dataset = {"dataset": {"name": "d", "digest": "1"}, "tags": [{"key": "mlflow.data.context", "value": "train"}]}
    api.post("runs/log-inputs", run_id=api.run_id, datasets=[dataset])
    model = api.post("logged-models", experiment_id=api.experiment_id, name="a", params=[{"key": "p", "value": "1"}])
    name = f"described {api.run_id}"
    made = api.post("registered-models/create", name=name, tags=[{"key": "k", "value": "v"}])
    version = api.post("model-versions/create", name=name, source="s3://bucket/x")
    api.post("registered-models/alias", name=name, alias="best", version="1")
    in_experiment = {"experiment_ids": [api.experiment_id]}
    answers = {
        "/api/2.0/mlflow/logged-models post": model,
        "/api/2.0/mlflow/registered-models/create post": made,
        "/api/2.0/mlflow/model-versions/create post": version,
        "/api/2.0/mlflow/runs/get get": api.get("runs/get", run_id=api.run_id),
        "/api/2.0/mlflow/runs/search post": api.post("runs/search", **in_experiment),
        "/api/2.0/mlflow/experiments/get get": api.get("experiments/get", experiment_id=api.experiment_id),
        "/api/2.0/mlflow/experiments/search-datasets post": api.post("experiments/search-datasets", **in_experiment),
        "/api/2.0/mlflow/metrics/get-history get": api.get("metrics/get-history", run_id=api.run_id, metric_key="m"),
        "/api/2.0/mlflow/registered-models/get get": api.get("registered-models/get", name=name),
        "/api/2.0/mlflow/model-versions/search get": api.get("model-versions/search"),
        "/api/2.0/mlflow/logged-models/search post": api.post("logged-models/search", **in_experiment),
        "/api/mlproj/model-versions/history get": api.send(
            "GET", f"/api/mlproj/model-versions/history?name={name.replace(' ', '%20')}&version=1"
        ),
    }
    document = description()
    for operation, answer in answers.items():
        path, method = operation.split()
        assert answer.status == 200, answer.content
        schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**_closed(schema), "components": _closed(document["components"])}
        Draft202012Validator(whole).validate(answer.json)


def _closed(schema: Any) -> Any:
    """The same schema, but with no properties that are not in it."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if schema.get("type") == "object" else closed


def test_the_reference_has_every_endpoint_and_entity() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    rows = {line for line in text.splitlines() if line.startswith("| `")}
    wanted = {f"| `{name}` | {_in_words(shape)} |" for name, shape in ENTITIES.items()}
    for endpoint, (request, answer) in ENDPOINTS.items():
        cells = [f"`{endpoint.replace(':path', '')}`", _in_words(request), _in_words(answer)]
        wanted.add(" ".join(f"| {' | '.join(cells)} |".split()))
    assert wanted <= rows, sorted(wanted - rows)


def _in_words(shape: str) -> str:
    names = [(f"**{field.name}**" if field.required else field.name, field.kind) for field in fields(shape)]
    return ", ".join(name if kind == "string" else f"{name}: {kind}" for name, kind in names)
