"""The description of the API, in OpenAPI 3.1: made from the endpoints that are served and from `shapes`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from mlproj.server.api import API, OWN
from mlproj.server.calls import Endpoint
from mlproj.server.endpoints import artifacts, misc
from mlproj.server.endpoints.wire import Json
from mlproj.server.pages import artifacts as page_artifacts
from mlproj.server.pages import downloads as ui_artifacts
from mlproj.server.shapes import CHOICES, ENDPOINTS, ENTITIES
from mlproj.version import VERSION

PATH = "/api/mlproj/openapi.json"
_ABOUT = (
    "The API that MLflow's clients speak. All of /api/2.0/mlflow is at /ajax-api/2.0/mlflow too, and so on. Empty and"
    " unset fields are left out of answers; fields that are not known are ignored in requests."
)
_SCALARS: dict[str, Json] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "double": {"anyOf": [{"type": "number", "format": "double"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]},
    **{name: {"type": "string", "enum": list(members)} for name, members in CHOICES.items()},
}
_IN_PATH = re.compile(r"\{(\w+)(?::path)?\}")
_BYTES: Json = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_FILES = {
    "/get-artifact": ("Download a file of a run", ("run_uuid", "path")),
    "/api/mlproj/artifacts/view": ("Show a file of a run in a frame, shut in", ("run_id", "path")),
    "/model-versions/get-artifact": ("Download a file of a version of a model", ("name", "version", "path")),
    "/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files": (
        "Download a file of a logged model",
        ("artifact_file_path",),
    ),
    "/ajax-api/2.0/mlflow/upload-artifact": ("Upload a small file of a run", ("run_uuid", "path")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    kind: str = "string"
    required: bool = False

    @property
    def schema(self) -> Json:
        if self.kind.endswith("[]"):
            return {"type": "array", "items": _schema(self.kind[:-2])}
        return _schema(self.kind)


def fields(shape: str) -> tuple[Field, ...]:
    """The fields that a shape names."""
    found = []
    for word in shape.split():
        name, _, kind = word.partition(":")
        found.append(Field(name=name.rstrip("!"), kind=kind or "string", required=name.endswith("!")))
    return tuple(found)


@cache
def description() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {"title": "mlproj tracking server", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "../.."}],
        "paths": _paths(),
        "components": {"schemas": {name: _object(fields(shape)) for name, shape in ENTITIES.items()}},
    }


def _paths() -> Json:
    paths: dict[str, Json] = {}
    for base, endpoints in (
        ("/api/2.0/mlflow/", API),
        ("/api/3.0/mlflow/", misc.ENDPOINTS),
        ("/api/2.0/mlflow-artifacts/", artifacts.PROXY_ENDPOINTS),
        ("/api/mlproj/", OWN),
    ):
        for endpoint in endpoints:
            path = _IN_PATH.sub(r"{\1}", base + endpoint.path)
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(path, endpoint)
    for path, method, operation in _others():
        paths.setdefault(path, {})[method.lower()] = operation
    return paths


def _operation(path: str, endpoint: Endpoint) -> Json:
    request, answer = (fields(shape) for shape in ENDPOINTS[f"{endpoint.method} {endpoint.path}"])
    if endpoint.method == "GET":
        operation: Json = {"parameters": [*_in_path(path), *(_parameter("query", field) for field in request)]}
    else:
        content = {"application/json": {"schema": _object(request)}}
        required = any(field.required for field in request)
        operation = {"parameters": _in_path(path), "requestBody": {"required": required, "content": content}}
    about = (endpoint.answer.__doc__ or "").strip().partition("\n")[0]
    return {
        "operationId": _identifier(endpoint.method, path),
        "summary": about or f"{endpoint.method} {endpoint.path}",
        **operation,
        "responses": _responses({"application/json": {"schema": _object(answer)}}),
    }


def _others() -> Iterator[tuple[str, str, Json]]:
    """What does not speak JSON on both sides."""
    text: Json = {"text/plain": {"schema": {"type": "string"}}}
    yield "/health", "GET", _plain("/health", "Whether the server answers", text)
    yield "/version", "GET", _plain("/version", "The version of MLflow's API that is spoken", text)
    yield PATH, "GET", _plain(PATH, "This description", {"application/json": {"schema": {"type": "object"}}})
    for method, path, _ in (*ui_artifacts.FILES, *page_artifacts.FILES):
        summary, query = _FILES[path]
        yield path, method, _transfer(method, path, summary, [Field(name=name, required=True) for name in query])
    for method, _ in artifacts.PROXY_FILES:
        path = "/api/2.0/mlflow-artifacts/artifacts/{path}"
        yield path, method, _transfer(method, path, f"{method} a file of the artifact root", ())


def _plain(path: str, summary: str, content: Json) -> Json:
    return {"operationId": _identifier("GET", path), "summary": summary, "responses": _responses(content)}


def _transfer(method: str, path: str, summary: str, query: Iterable[Field]) -> Json:
    empty: Json = {"application/json": {"schema": {"type": "object"}}}
    operation: Json = {
        "operationId": _identifier(method, path),
        "summary": summary,
        "parameters": [*_in_path(path), *(_parameter("query", field) for field in query)],
        "responses": _responses(_BYTES if method == "GET" else empty),
    }
    return operation | ({"requestBody": {"required": True, "content": _BYTES}} if method in {"PUT", "POST"} else {})


def _responses(content: Json) -> Json:
    error: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "200": {"description": "Done", "content": content},
        "default": {"description": "What is wrong", "content": error},
    }


def _object(members: tuple[Field, ...]) -> Json:
    required = [field.name for field in members if field.required]
    properties = {field.name: field.schema for field in members}
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _schema(kind: str) -> Json:
    return dict(_SCALARS[kind]) if kind in _SCALARS else {"$ref": f"#/components/schemas/{kind}"}


def _parameter(place: str, field: Field) -> Json:
    return {"name": field.name, "in": place, "required": field.required, "schema": field.schema}


def _in_path(path: str) -> list[Json]:
    return [_parameter("path", Field(name=name, required=True)) for name in _IN_PATH.findall(path)]


def _identifier(method: str, path: str) -> str:
    words = re.findall(r"[a-z0-9]+", path.lower())
    return "_".join([method.lower(), *words])
