"""The body of a request as a JSON object."""

from typing import TYPE_CHECKING, Any

import orjson

from mlproj.errors import InvalidValueError
from mlproj.server.errors import TooLargeError
from mlproj.server.requests import Arguments

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST = 64 * 1024 * 1024


async def read_arguments(request: "Request") -> Arguments:
    """The query of a GET, the JSON body of any other request, and the parts of the path, which win."""
    if request.method in {"GET", "HEAD"}:
        query = request.query_params
        arguments = Arguments.of_query({name: query.getlist(name) for name in query})
    else:
        arguments = Arguments(_object(request, await _body(request)))
    return arguments.adding(request.path_params)


async def _body(request: "Request") -> bytes:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LARGEST:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise _too_large()
    return bytes(body)


def _object(request: "Request", body: bytes) -> dict[str, Any]:
    """Empty for an empty or malformed body: what is missing is then named."""
    if not body.strip():
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidValueError(f"Bad Request. Content-Type must be application/json, not {kind[:100]!r}.")
    value = _parsed(body)
    if isinstance(value, str):  # old clients encode twice
        value = _parsed(value.encode())
    return value if isinstance(value, dict) else {}


def _parsed(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _too_large() -> TooLargeError:
    return TooLargeError(f"The request is larger than {LARGEST // 1024**2} MiB.")
