"""Artifacts: listing as JSON, and the files themselves, streamed both ways."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from mimetypes import guess_type
from posixpath import basename
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import model_paths, wire
from mlproj.server.errors import NotImplementedHereError
from mlproj.server.paths import Place, artifact_path, kept_here, place_of_run
from mlproj.server.ranges import Span, entity_tag, known, requested_span
from mlproj.server.service import Service
from mlproj.tracking.base import LocalStore

if TYPE_CHECKING:
    from starlette.requests import Request

CHUNK = 256 * 1024


def list_run(call: Call) -> wire.Json:
    """The files of a directory of a run, with paths relative to the run's root."""
    run_id, path = call.args.run_id(), call.args.text_or("path")
    run = call.store.get_run(run_id)
    place = place_of_run(call.store, run, path)
    if not place.root:
        return _listed(call, run.artifact_uri, path)
    files = place.artifacts(call.store).list(place.path)
    return wire.filled({"root_uri": run.artifact_uri, "files": [wire.file_info(file, file.path) for file in files]})


def list_model(call: Call) -> wire.Json:
    """The files of a directory of a logged model, with paths relative to the model's root."""
    model_id, path = call.args.text("model_id"), call.args.text_or("artifact_directory_path")
    return _listed(call, call.store.get_logged_model(model_id).artifact_uri, path)


def _listed(call: Call, uri: str, path: str) -> wire.Json:
    root = kept_here(uri)
    files = call.store.artifact_root().list(kept_here(uri, path))
    found = [wire.file_info(file, file.path.removeprefix(f"{root}/")) for file in files]
    return wire.filled({"root_uri": uri, "files": found})


def list_proxied(call: Call) -> wire.Json:
    """The files of a directory below the artifact root, by their names."""
    path, root = artifact_path(call.args.text_or("path")), call.store.artifact_root()
    files = root.list(path)
    if not files and (behind := model_paths.behind(call.store, path)) is not None:
        files = root.list(behind)
    return wire.filled({"files": [wire.file_info(file, basename(file.path)) for file in files]})


def multipart(_: Call) -> wire.Json:
    raise NotImplementedHereError("Multipart uploads are not supported: send the file in one request.")


async def download(service: Service, request: "Request") -> Response:
    return await send_file(service, request, Place(path=artifact_path(request.path_params["path"])))


async def send_file(service: Service, request: "Request", place: Place) -> Response:
    """A file, or the part of it that is asked for, or that the client has it already."""
    file = await service.run(lambda: _open(service.store(), place))
    try:
        size, tag = await service.run(lambda: (_size(file), entity_tag(file)))
        if known(request.headers, tag):
            file.close()
            return Response(None, 304, {"ETag": tag or ""})
        span = requested_span(request.headers, size, tag)
    except BaseException:
        file.close()
        raise
    status, headers = 206 if span.partial else 200, _headers(place.path, tag, span, size)
    if request.method == "HEAD":
        file.close()
        return Response(None, status, headers)
    return StreamingResponse(_read(service, file, span), status, headers)


async def upload(service: Service, request: "Request") -> Response:
    path = artifact_path(request.path_params["path"])
    if not path or request.path_params["path"].endswith("/"):
        raise InvalidValueError(f"Invalid path: {path!r} names a directory")
    content = _pulled(request.stream(), asyncio.get_running_loop())
    await service.receive(lambda: service.store().artifact_root().write(path, content))
    return Response(b"{}", media_type="application/json")


async def delete(service: Service, request: "Request") -> Response:
    path = artifact_path(request.path_params["path"])
    if not path:
        raise InvalidValueError("The artifact root itself cannot be deleted.")
    await service.run(lambda: service.store().artifact_root().delete(path))
    return Response(b"{}", media_type="application/json")


def _open(store: LocalStore, place: Place) -> BinaryIO:
    path = place.path
    try:
        return place.artifacts(store).open(path)
    except NotFoundError:
        if place.root or (behind := model_paths.behind(store, path)) is None:
            raise
        return store.artifact_root().open(behind)


def _size(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


async def _read(service: Service, file: BinaryIO, span: Span) -> AsyncIterator[bytes]:
    """The bytes of the span; `file` is closed at the end, however it comes."""
    with file:
        left = span.length
        await service.run(partial(file.seek, span.start))
        while left and (chunk := await service.run(partial(file.read, min(CHUNK, left)))):
            left -= len(chunk)
            yield chunk


def _pulled(stream: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """The chunks of a stream of the loop, for a thread: pulled one at a time, so a fast sender waits."""

    async def following() -> bytes | None:
        return await anext(stream, None)

    while (chunk := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
        yield chunk


def _headers(path: str, tag: str | None, span: Span, size: int) -> dict[str, str]:
    kind, encoding = guess_type(path)
    headers = {
        "Content-Type": "application/octet-stream" if encoding or kind is None else kind,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(basename(path), safe='')}",
        "Content-Length": str(span.length),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Accept-Ranges": "bytes",
    }
    if tag is not None:
        headers["ETag"] = tag
    if span.partial:
        headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    return headers


ENDPOINTS = (
    Endpoint("GET", "artifacts/list", list_run),
    Endpoint("GET", "logged-models/{model_id}/artifacts/directories", list_model),
)
PROXY_ENDPOINTS = (
    Endpoint("GET", "artifacts", list_proxied),
    Endpoint("POST", "mpu/create/{path:path}", multipart),
    Endpoint("POST", "mpu/complete/{path:path}", multipart),
    Endpoint("POST", "mpu/abort/{path:path}", multipart),
    Endpoint("GET", "presigned/{path:path}", multipart),
)
PROXY_FILES = (("GET", download), ("PUT", upload), ("DELETE", delete))
