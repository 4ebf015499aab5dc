"""Where a secret parameter's value comes from: `@env:VARIABLE`, `@file:PATH`, or the text itself."""

from collections.abc import Mapping
from pathlib import Path

from mlproj.errors import ParameterError

LONGEST = 1 << 16


def resolve_secret(name: str, text: str, *, environ: Mapping[str, str]) -> tuple[str, bool]:
    """The value of a secret, and whether it was given in plain text, where other users and the shell's history see it.

    Raises ParameterError, which never holds the value.
    """
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "@env":
        return _read_variable(name, rest, environ), False
    if colon and scheme == "@file":
        return _read_file(name, rest, environ), False
    return text, True


def _read_variable(name: str, variable: str, environ: Mapping[str, str]) -> str:
    if not environ.get(variable):
        raise ParameterError(f"secret {name!r}: the environment variable {variable!r} is not set", hint="export it")
    return environ[variable]


def _read_file(name: str, text: str, environ: Mapping[str, str]) -> str:
    path = Path(environ["HOME"], text[2:]) if text.startswith("~/") and environ.get("HOME") else Path(text)
    try:
        with path.open("rb") as stream:
            value = stream.read(LONGEST + 1).decode().removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ParameterError(f"secret {name!r}: the file {text!r} cannot be read: {reason}") from error
    if not value or len(value) > LONGEST:
        raise ParameterError(f"secret {name!r}: the file {text!r} is {'too long' if value else 'empty'}")
    return value
