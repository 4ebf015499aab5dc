"""A project's URI as text -> what it names, without its credentials. Pure: what exists is asked of the caller."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from mlproj.errors import UserError
from mlproj.source.credentials import Credentials, split_credentials, strip_credentials

Kind = Literal["local", "git", "archive"]

SCHEMES = ("https", "http", "ssh", "git")
_SCHEME = re.compile(r"(?:git\+)?([A-Za-z][A-Za-z0-9.-]*)://", re.ASCII)
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::", re.ASCII)
_SCP = re.compile(r"(?:(?P<user>[^/:@]+)@)?(?P<host>[^/:@]+):(?P<path>.+)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUri:
    """What a project's URI names.

    `location` is a path if not `remote`, else a URL or `user@host:path` without credentials; `text` is what a user
    may see. `kind` is what the grammar tells: a `local` directory may still turn out to be a repository.
    """

    kind: Kind
    location: str
    remote: bool
    text: str
    subdirectory: str | None = None
    credentials: Credentials = field(default=Credentials(), repr=False)


def parse_uri(text: str, *, exists: Callable[[str], bool] = lambda _: False) -> ProjectUri:
    """Parse a project's URI; `exists` tells whether a path is there, so that `a#b` and `a:b` can be directories.

    Raises UserError for what no program should be handed.
    """
    text = text if exists(text) else _unquoted(text)
    if not text.strip().partition("#")[0]:
        raise UserError("the project URI is empty", hint="give a directory, a git URL or a .zip file")
    if exists(text):
        return ProjectUri(kind=_kind(text, "local"), location=text, remote=False, text=text)
    text = re.sub(r"^\s*git\+(?=file:)", "", text, flags=re.IGNORECASE)
    location, _, fragment = text.strip().partition("#")
    subdirectory = parse_subdirectory(fragment, where=strip_credentials(text))
    if not exists(location) and _CONTROL.search(location):
        raise UserError(f"the project URI {strip_credentials(location)!r} has control characters in it")
    if path := _file_path(location):
        return ProjectUri(
            kind=_kind(path, "local"),
            location=path,
            remote=False,
            text=_with_fragment(location, subdirectory),
            subdirectory=subdirectory,
        )
    if not exists(location) and (found := _remote(location)):
        kind, url, credentials = found
        shown = _with_fragment(strip_credentials(location), subdirectory)
        return ProjectUri(
            kind=kind, location=url, remote=True, text=shown, subdirectory=subdirectory, credentials=credentials
        )
    return ProjectUri(
        kind=_kind(location, "local"),
        location=location,
        remote=False,
        text=_with_fragment(location, subdirectory),
        subdirectory=subdirectory,
    )


def parse_subdirectory(text: str, *, where: str) -> str | None:
    """The part behind `#`: relative to the project's top, which it cannot leave."""
    if not text:
        return None
    if text.startswith("/"):
        raise UserError(
            f"the subdirectory {text!r} starts with a slash", where=where, hint=f"write #{text.lstrip('/')}"
        )
    path = PurePosixPath(text)
    if ".." in path.parts:
        raise UserError(f"the subdirectory {text!r} leads out of the project", where=where)
    if _CONTROL.search(text):
        raise UserError(f"the subdirectory {text!r} has control characters in it", where=where)
    return None if path == PurePosixPath() else str(path)


def join_url(base: str, relative: str) -> str:
    """What a submodule's URL names that starts with `./` or `../`, seen from the URL or path of its repository."""
    base = base.rstrip("/")
    while relative.startswith(("./", "../")):
        if relative.startswith("../"):
            head, slash, _ = base.rpartition("/")
            if not slash:
                head, _, _ = base.rpartition(":")
                return f"{head}:{relative.removeprefix('../')}" if head else relative.removeprefix("../")
            base = head
        relative = relative.partition("/")[2]
    return f"{base}/{relative}"


def _unquoted(text: str) -> str:
    stripped = text.strip()
    for quote in ("'", '"'):
        if len(stripped) > 1 and stripped.startswith(quote) and stripped.endswith(quote):
            return stripped[1:-1]
    return text


def _kind(path: str, otherwise: Kind) -> Kind:
    return "archive" if re.search(r"[^/]\.zip$", path, re.IGNORECASE) else otherwise


def _with_fragment(location: str, subdirectory: str | None) -> str:
    return f"{location}#{subdirectory}" if subdirectory else location


def _file_path(location: str) -> str | None:
    found = re.match(r"file:(?://(?P<host>[^/]*))?(?P<path>/.*)", location, re.IGNORECASE)
    if found is None:
        return None
    if found["host"] not in {None, "", "localhost"}:
        raise UserError(
            f"{location!r} names a file on another machine",
            hint="a file URI has three slashes: file:///path",
        )
    from urllib.parse import unquote

    return unquote(found["path"])


def _remote(location: str) -> tuple[Kind, str, Credentials] | None:
    if found := _SCHEME.match(location):
        return _from_url(found[1].lower(), location[found.end() :])
    if _HELPER.match(location) or location.startswith("-"):
        raise UserError(
            f"{strip_credentials(location)!r} is neither a directory nor a git URL that may be used",
            hint=f"use one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}, file:// or user@host:path",
        )
    found = _SCP.fullmatch(location)
    if found is None:
        return None
    _refuse_options(location, found["user"] or "", found["host"], found["path"])
    return "git", location, Credentials()


def _from_url(scheme: str, rest: str) -> tuple[Kind, str, Credentials]:
    from urllib.parse import urlsplit

    url = f"{scheme}://{rest}"
    shown = strip_credentials(url)
    if scheme not in SCHEMES:
        raise UserError(
            f"{shown!r}: projects are not fetched by {scheme}://",
            hint=f"use one of {', '.join(f'{name}://' for name in SCHEMES)} or file://",
        )
    clean, credentials = split_credentials(url)
    try:
        parts = urlsplit(clean)
        _ = parts.port
    except ValueError as error:
        raise UserError(f"{shown!r} is not a URL: {error}") from error
    if not parts.hostname:
        raise UserError(f"{shown!r} names no host")
    _refuse_options(shown, parts.username or "", parts.hostname, parts.path.lstrip("/"))
    kind = _kind(parts.path, "git") if scheme in {"https", "http"} else "git"
    if kind == "git" and strip_credentials(clean) != clean:
        raise UserError(
            f"{shown!r} has a token in its query", hint="give it as https://user:token@host, or by a helper"
        )
    return kind, clean, credentials


def _refuse_options(shown: str, *parts: str) -> None:
    """A user, host or path that begins with a dash would be an option to ssh."""
    if any(part.startswith("-") for part in parts):
        raise UserError(f"{shown!r} is no git URL: a part of it begins with a dash")
