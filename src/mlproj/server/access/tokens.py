"""Tokens of the embedded server: `RUN_ID-SECRET`, the first segment of the path of the URL that a run is given.

The secret is the same for all runs of one server, so a run can derive the URL of a run that it starts.
"""

import os
import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

SECRET_BYTES = 16
_TOKEN = re.compile(rf"(?P<run_id>[A-Za-z0-9][\w-]*)-(?P<secret>[0-9a-f]{{{2 * SECRET_BYTES}}})", re.ASCII)


def new_secret() -> str:
    return os.urandom(SECRET_BYTES).hex()


def token(run_id: str, secret: str) -> str:
    return f"{run_id}-{secret}"


def caller(given: str, secret: str) -> str | None:
    """The id of the run that holds this token, None if it is not a token of ours."""
    import hmac

    run_id, dash, claimed = given.rpartition("-")
    genuine = hmac.compare_digest(claimed.encode(), secret.encode())
    return run_id if genuine and dash and run_id else None


def derive_url(url: str, run_id: str) -> str | None:
    """The URL of an embedded server for another run, from the URL for one; None if `url` is not such a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    match = _TOKEN.fullmatch(unquote(parts.path.strip("/")))
    if parts.scheme != "http" or not parts.netloc or match is None:
        return None
    path = quote(token(run_id, match["secret"]), safe="")
    return urlunsplit((parts.scheme, parts.netloc, f"/{path}", "", ""))
