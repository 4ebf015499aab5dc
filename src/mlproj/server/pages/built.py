"""The page that a person sees who opens the address of a server: files that were built with the package."""

import gzip
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.version import VERSION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

BUILT = Path(__file__).parent.parent / "page"
FRONT = "index.html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
NOT_BUILT = "the page was not built with this package: install it again where npm's registry can be reached"
_PLAIN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css"}
_ASSET = re.compile(r"[\w.-]+-[A-Z0-9]{8}\.(js|css)", re.ASCII)
_FOREVER = "public, max-age=31536000, immutable"
_PLAIN = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>mlproj</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }}</style>
<h1>mlproj tracking server</h1>
<p>This is the REST API of a tracking store, version {VERSION}.
Set <code>MLFLOW_TRACKING_URI</code> to this address, and every MLflow client writes to it and reads from it.</p>
<p>There is no page to look at runs here: {NOT_BUILT}.</p>
<ul>
<li><a href="health">Health</a></li>
<li><a href="version">Version of the API</a></li>
<li><a href="api/mlproj/openapi.json">Description of the API</a></li>
</ul>
</html>
"""


def is_built() -> bool:
    return (BUILT / FRONT).is_file()


async def front_page(request: "Request") -> "Response":
    from starlette.responses import HTMLResponse

    if not is_built():
        return HTMLResponse(_PLAIN, headers={"Content-Security-Policy": _PLAIN_POLICY})
    return _sent(request, FRONT, {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


async def asset(request: "Request") -> "Response":
    """A part of the page; its name has the hash of what is in it, so it can be kept for ever."""
    from starlette.exceptions import HTTPException

    name = request.path_params["name"]
    if not _ASSET.fullmatch(name) or not (BUILT / name).is_file():
        raise HTTPException(404)
    return _sent(request, name, {"Cache-Control": _FOREVER})


def _sent(request: "Request", name: str, headers: dict[str, str]) -> "Response":
    from starlette.responses import Response

    packed = "gzip" in request.headers.get("accept-encoding", "")
    kept = (BUILT / name).stat().st_mtime_ns
    headers |= {"Vary": "Accept-Encoding", "Referrer-Policy": "same-origin"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    content = _content(name, kept)[packed]
    return Response(content, headers=headers, media_type=_KINDS[Path(name).suffix])


@cache
def _content(name: str, _: int) -> tuple[bytes, bytes]:
    """A file as it is, and packed."""
    content = (BUILT / name).read_bytes()
    return content, gzip.compress(content, mtime=0)
