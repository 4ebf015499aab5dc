"""Files by what they belong to: a run, a logged model, a version of a registered model. What pages ask for."""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from mlproj.errors import InvalidValueError
from mlproj.server.endpoints.artifacts import send_file
from mlproj.server.paths import Place, kept_here, place_of_run
from mlproj.server.requests import Arguments
from mlproj.server.service import Service
from mlproj.tracking.base import LocalStore
from mlproj.tracking.registry import parse_version

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST = 10 * 1024 * 1024


async def of_run(service: Service, request: "Request") -> Response:
    args = _query(request)
    run_id, path = args.run_id(), args.text("path")

    def place(store: LocalStore) -> Place:
        return place_of_run(store, store.get_run(run_id), path)

    return await _send(service, request, place)


async def of_version(service: Service, request: "Request") -> Response:
    args = _query(request)
    name, version = args.text("name"), parse_version(args.text("version"))
    path = args.text("path")
    return await _send(service, request, lambda store: _of_version(store, name, version, path))


async def of_model(service: Service, request: "Request") -> Response:
    model_id = request.path_params["model_id"]
    path = _query(request).text("artifact_file_path")

    def place(store: LocalStore) -> Place:
        return Place(path=kept_here(store.get_logged_model(model_id).artifact_uri, path))

    return await _send(service, request, place)


async def upload(service: Service, request: "Request") -> Response:
    """A small file of a run, whole in the body."""
    args = _query(request)
    run_id, path = args.run_id(), args.text("path")
    content = await _whole(request.stream())
    if not content:
        raise InvalidValueError("Request must specify data.")
    if path.endswith("/"):
        raise InvalidValueError(f"Invalid path: {path!r} names a directory")

    def write() -> None:
        store = service.store()
        whole = kept_here(store.get_run(run_id).artifact_uri, path)
        store.artifact_root().write(whole, iter((content,)))

    await service.run(write)
    return Response(b"{}", media_type="application/json")


async def _send(service: Service, request: "Request", place: Callable[[LocalStore], Place]) -> Response:
    return await send_file(service, request, await service.run(lambda: place(service.store())))


def _of_version(store: LocalStore, name: str, version: int, path: str) -> Place:
    """A file of a version, if need be by way of its run."""
    location = store.registry.get_version(name, version).location
    if not location.startswith("runs:/"):
        return Place(path=kept_here(location, path))
    run_id, _, below = location.removeprefix("runs:/").strip("/").partition("/")
    return place_of_run(store, store.get_run(run_id), "/".join(part for part in (below, path) if part))


def _query(request: "Request") -> Arguments:
    query = request.query_params
    return Arguments.of_query({name: query.getlist(name) for name in query})


async def _whole(stream: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in stream:
        content += chunk
        if len(content) > LARGEST:
            raise InvalidValueError("Artifact size is too large. Max size is 10MB.")
    return bytes(content)


FILES = (
    ("GET", "/get-artifact", of_run),
    ("GET", "/model-versions/get-artifact", of_version),
    ("GET", "/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files", of_model),
    ("POST", "/ajax-api/2.0/mlflow/upload-artifact", upload),
)
