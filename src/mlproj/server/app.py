"""The REST API as an ASGI application."""

import gzip
from collections.abc import Awaitable, Callable, Iterator, Sequence

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mlproj.errors import MlprojError
from mlproj.server.access.gate import CALLER
from mlproj.server.api import API, OWN
from mlproj.server.bodies import read_arguments
from mlproj.server.calls import USER, Call, Endpoint
from mlproj.server.clients import reads_proxied_artifacts
from mlproj.server.endpoints import artifacts, misc
from mlproj.server.endpoints.wire import Json
from mlproj.server.errors import RangeError, described, envelope, status_of
from mlproj.server.pages import artifacts as page_artifacts
from mlproj.server.pages import downloads as ui_artifacts
from mlproj.server.routing import QuickRouter
from mlproj.server.service import Service
from mlproj.server.watching import SEEN

Answer = Callable[[str | None, Endpoint, Call], Json]
Receiver = Callable[[Service, Request], Awaitable[Response]]

PREFIXES = ("/api", "/ajax-api")
WORTH_PACKING = 2048
FAULTS = {500, 503}  # of ours or of the store, not of who asks


def plain(_: str | None, endpoint: Endpoint, call: Call) -> Json:
    return endpoint.answer(call)


def build_app(
    service: Service, *, answer: Answer = plain, serve_artifacts: bool = True, more: Sequence[BaseRoute] = ()
) -> Starlette:
    """`answer` stands between a call and its endpoint: it may know more about the run that calls."""
    app = Starlette(
        exception_handlers={MlprojError: _Failed(service), HTTPException: _refused, Exception: _broken},
    )
    app.router = QuickRouter([*more, *_routes(service, answer, serve_artifacts=serve_artifacts)])
    return app


def _routes(service: Service, answer: Answer, *, serve_artifacts: bool) -> Iterator[BaseRoute]:
    yield Route("/health", misc.health)
    yield Route("/version", misc.version)
    yield Route("/api/mlproj/openapi.json", misc.openapi)
    for endpoint in OWN:
        yield _json_route(f"/api/mlproj/{endpoint.path}", endpoint, service, answer, packs=True)
    for method, path, receiver in (*ui_artifacts.FILES, *page_artifacts.FILES):
        yield _file_route(path, method, receiver, service)
    for prefix in PREFIXES:
        for endpoint in API:
            yield _json_route(
                f"{prefix}/2.0/mlflow/{endpoint.path}", endpoint, service, answer, proxies=serve_artifacts
            )
        for endpoint in misc.ENDPOINTS:
            yield _json_route(f"{prefix}/3.0/mlflow/{endpoint.path}", endpoint, service, answer)
        if not serve_artifacts:
            continue
        for endpoint in artifacts.PROXY_ENDPOINTS:
            yield _json_route(f"{prefix}/2.0/mlflow-artifacts/{endpoint.path}", endpoint, service, answer)
        for method, receiver in artifacts.PROXY_FILES:
            yield _file_route(f"{prefix}/2.0/mlflow-artifacts/artifacts/{{path:any}}", method, receiver, service)


def _json_route(
    path: str, endpoint: Endpoint, service: Service, answer: Answer, *, proxies: bool = True, packs: bool = False
) -> Route:
    """With `packs`, long answers are compressed: pages ask for them, where programs would rather be quick."""

    async def respond(request: Request) -> Response:
        _note_route(request, path)
        args = await read_arguments(request)
        caller, user = request.scope.get(CALLER), request.scope.get(USER)
        proxied = proxies and reads_proxied_artifacts(request.headers)

        def called() -> bytes:
            store = service.store()
            call = Call(store=store, args=args, proxied_artifacts=proxied, user=user, code_diff=service.code_diff)
            return orjson.dumps(answer(caller, endpoint, call))

        content = await (service.run(called) if endpoint.reads else service.write(called))
        if packs and len(content) > WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
            packed = await service.run(lambda: gzip.compress(content, 1, mtime=0))
            return Response(packed, headers={"Content-Encoding": "gzip"}, media_type="application/json")
        return Response(content, media_type="application/json")

    return Route(path, respond, methods=[endpoint.method])


def _file_route(path: str, method: str, receiver: Receiver, service: Service) -> Route:
    async def respond(request: Request) -> Response:
        _note_route(request, path)
        return await receiver(service, request)

    return Route(path, respond, methods=[method])


def _note_route(request: Request, path: str) -> None:
    if (seen := request.scope.get(SEEN)) is not None:
        seen.route = path


class _Failed:
    """Errors of ours as their envelope; a fault of the store is told to the server's owner too."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, _: Request, error: Exception) -> Response:
        assert isinstance(error, MlprojError)  # noqa: S101 - the key that it is registered under
        status = status_of(error)
        if status in FAULTS:
            self._service.on_error(error)
        headers = {"Content-Range": f"bytes */{error.size}"} if isinstance(error, RangeError) else None
        return Response(orjson.dumps(described(error)), status, headers, media_type="application/json")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the key that it is registered under
    message = f"{error.detail}: {request.method} {request.url.path}"
    return _enveloped("ENDPOINT_NOT_FOUND", message, error.status_code, dict(error.headers or {}))


async def _broken(_: Request, error: Exception) -> Response:
    return _enveloped("INTERNAL_ERROR", f"Internal error: {type(error).__name__}", 500, None)


def _enveloped(code: str, message: str, status: int, headers: dict[str, str] | None) -> Response:
    return Response(orjson.dumps(envelope(code, message)), status, headers, media_type="application/json")
