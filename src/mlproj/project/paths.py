"""Where the value of a path parameter lies: on this machine, or far away and to be fetched."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import ParameterError
from mlproj.project.model import BoundParameter, Origin
from mlproj.project.parameter_types import has_scheme

LONGEST_SHOWN = 200
REMOTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteUri:
    """A path value that has to be fetched before the command can open it."""

    uri: str


def resolve_path(parameter: BoundParameter, *, project_root: Path, caller: Path) -> Path | RemoteUri:
    """Find what a `path` parameter means: a default is relative to the project, a given value to the caller.

    Raises ParameterError where there is no such file or directory.
    """
    match = REMOTE.match(parameter.value)
    if match is not None and match[1].lower() != "file":
        return RemoteUri(uri=parameter.value)
    base = project_root if parameter.origin is Origin.DEFAULT else caller
    path = (base / (_from_file_uri(parameter) if match else parameter.value)).absolute()
    if not parameter.value or not is_there(path):
        raise ParameterError(
            f"parameter {parameter.name!r}: no such file or directory: {parameter.value[:LONGEST_SHOWN] or repr('')}",
            hint=_advice(parameter, base),
        )
    return path


def check_uri(parameter: BoundParameter) -> None:
    """Raise ParameterError if the value of a `uri` parameter has no scheme."""
    if not has_scheme(parameter.value):
        shown = "its value" if parameter.secret else repr(parameter.value[:LONGEST_SHOWN])
        raise ParameterError(f"parameter {parameter.name!r}: {shown} has no scheme such as s3:")


def is_there(path: Path) -> bool:
    """Whether there is anything of that name; a name that no file can have (too long, a NUL) is not there."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises for such names


def is_plain_file(path: Path) -> bool:
    """As `is_there`, for a file."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for such names


def _from_file_uri(parameter: BoundParameter) -> str:
    from urllib.parse import unquote

    rest = parameter.value.partition(":")[2]
    host, slash, path = rest[2:].partition("/") if rest.startswith("//") else ("", "", rest)
    if host not in {"", "localhost"}:
        raise ParameterError(
            f"parameter {parameter.name!r}: {parameter.value} is on another machine", hint="write file:///path"
        )
    return unquote(slash + path)


def _advice(parameter: BoundParameter, base: Path) -> str | None:
    if parameter.value.startswith("~"):
        return "the shell does not expand a ~ there: write $HOME"
    return f"looked for below {base}" if not Path(parameter.value).is_absolute() else None
