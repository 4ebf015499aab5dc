"""What a person sees who opens the address of a server."""

from typing import TYPE_CHECKING

from mlproj.version import VERSION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>mlproj</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }}</style>
<h1>mlproj tracking server</h1>
<p>This is the REST API of a tracking store, version {VERSION}.
Set <code>MLFLOW_TRACKING_URI</code> to this address, and every MLflow client writes to it and reads from it.</p>
<ul>
<li><a href="health">Health</a></li>
<li><a href="version">Version of the API</a></li>
<li><a href="api/mlproj/openapi.json">Description of the API</a></li>
</ul>
</html>
"""


async def front_page(_: "Request") -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})
