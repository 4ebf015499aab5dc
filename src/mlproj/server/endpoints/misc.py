"""Health, version and what the server can do."""

from typing import TYPE_CHECKING

from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

API_VERSION = "3.17.2"  # of the REST API that is spoken; clients compare it


def server_info(_: Call) -> wire.Json:
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
    }


async def health(_: "Request") -> "Response":
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("OK")


async def version(_: "Request") -> "Response":
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(API_VERSION)


async def openapi(_: "Request") -> "Response":
    import orjson
    from starlette.responses import Response

    from mlproj.server.openapi import description

    return Response(orjson.dumps(description()), media_type="application/json")


ENDPOINTS = (Endpoint("GET", "server-info", server_info),)
