"""artifacts/view: a file of a run to be looked at in a frame of the page, shut in so that it reaches nothing."""

from typing import TYPE_CHECKING

from mlproj.errors import InvalidValueError
from mlproj.server.endpoints.artifacts import send_file
from mlproj.server.paths import Place, place_of_run
from mlproj.server.requests import Arguments
from mlproj.server.service import Service

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PDF = "application/pdf"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".pdf": PDF,
}
POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:;"
    " style-src 'unsafe-inline' data:; img-src data: blob:; font-src data:; media-src data: blob:;"
    " worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Scripts draw reports; without an origin of their own and without connections they see nothing but themselves."""

PDF_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
"""Browsers show these themselves, with nothing of them in a page of ours, and in no sandbox."""


async def view(service: Service, request: "Request") -> "Response":
    query = request.query_params
    args = Arguments.of_query({name: query.getlist(name) for name in query})
    run_id, path = args.run_id(), args.text("path")
    kind = next((kind for ending, kind in KINDS.items() if path.lower().endswith(ending)), None)
    if kind is None:
        raise InvalidValueError(f"{path[:200]!r} is not of a kind that is shown in a frame: {', '.join(KINDS)}")

    def place() -> Place:
        store = service.store()
        return place_of_run(store, store.get_run(run_id), path)

    answer = await send_file(service, request, await service.run(place))
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Content-Security-Policy"] = PDF_POLICY if kind == PDF else POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


FILES = (("GET", "/api/mlproj/artifacts/view", view),)
