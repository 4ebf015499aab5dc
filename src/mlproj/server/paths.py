"""Paths of artifacts as they come over the wire: whatever is hidden in them by encoding, they stay below the root."""

import re
from urllib.parse import unquote

from mlproj.errors import InvalidValueError
from mlproj.tracking.artifact_uris import own_path

SCHEME = "mlflow-artifacts:"
_DRIVE = re.compile(r"[A-Za-z]:")
_MOST_ROUNDS = 10


def artifact_path(text: str) -> str:
    """A relative path with slashes, empty for the root, from one that was decoded once.

    What is left encoded (a file may be called `a%20b`) is kept so, but checked decoded to the end. Raises
    InvalidValueError.
    """
    decoded = text
    for _ in range(_MOST_ROUNDS):
        _check(decoded, text)
        if (further := unquote(decoded)) == decoded:
            return text.rstrip("/")
        decoded = further
    raise _invalid(text)


def kept_here(uri: str, path: str = "") -> str:
    """The path below the artifact root of a file of a run or a model whose artifacts are at `uri`.

    Whoever makes an experiment chooses where its artifacts are, so only what lies below the root is shown to others.
    """
    root = None if uri.startswith(f"{SCHEME}//") else own_path(uri)
    if root is None:
        raise InvalidValueError(f"The artifacts at {uri[:200]!r} are not kept by this server.")
    return "/".join(part for part in (root, artifact_path(path)) if part)


def _check(path: str, given: str) -> None:
    names = path.rstrip("/").split("/") if path else []
    outside = path.startswith("/") or _DRIVE.match(path) or any(character in path for character in "\\#\0")
    if outside or any(name in {"", ".", ".."} for name in names):
        raise _invalid(given)


def _invalid(text: str) -> InvalidValueError:
    return InvalidValueError(f"Invalid path: {text[:200]!r}")
