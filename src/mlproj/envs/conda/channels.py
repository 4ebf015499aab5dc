"""Channels: from the names in a conda.yaml to URLs without credentials, and the credentials apart."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from mlproj.envs.conda.condarc import Condarc, expand
from mlproj.envs.urls import without_credentials

_TOKEN = re.compile(r"(?<=://)(?P<host>[^/\s]+)/t/[^/\s]+(?=/)")
_SUBDIR = re.compile(r"/(noarch|linux-[a-z0-9_]+|osx-[a-z0-9]+|win-[a-z0-9]+)/?$")
_FALLBACK = "conda-forge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`url` is what may be kept and shown; `access` is the same with its credentials."""

    url: str
    access: str = field(repr=False)


def channels_for(
    names: Iterable[str], condarc: Condarc, *, root: Path, environ: Mapping[str, str]
) -> tuple[Channel, ...]:
    """The channels of a conda.yaml, strongest first, each once.

    `nodefaults` takes `defaults` out. Where the file names none: those of the user's .condarc, else conda-forge.
    """
    asked = [expand(name, environ) for name in names]
    wanted = [name for name in asked if name != "nodefaults"]
    if "nodefaults" in asked:
        wanted = [name for name in wanted if name != "defaults"]
    urls = [url for name in wanted or condarc.channels or (_FALLBACK,) for url in _urls(name, condarc, root)]
    channels = [Channel(url=public(url), access=url) for url in urls]
    found: dict[str, Channel] = {}
    for channel in channels:
        found.setdefault(channel.url, channel)
    return tuple(found.values())


def public(url: str) -> str:
    """The URL without user, password and token."""
    return _TOKEN.sub(lambda match: match["host"], without_credentials(url))


def channel_url(name: str, condarc: Condarc, root: Path) -> str:
    """The URL of one channel that a match spec names."""
    return public(next(iter(_urls(name, condarc, root))))


def _urls(name: str, condarc: Condarc, root: Path) -> Iterator[str]:
    if name == "defaults":
        for url in condarc.defaults:
            yield from _urls(url, condarc, root) if url != name else ()
    elif name in condarc.multi:
        for url in condarc.multi[name]:
            yield from _urls(url, condarc, root) if url != name else ()
    elif "://" in name:
        yield _SUBDIR.sub("", name.rstrip("/"))
    elif name.startswith((".", "/", "~")):
        yield (root / Path(name).expanduser()).resolve().as_uri()
    elif base := _custom(name, condarc):
        yield f"{base.rstrip('/')}/{quote(name)}"
    else:
        yield f"{condarc.alias}/{quote(_SUBDIR.sub('', name))}"


def _custom(name: str, condarc: Condarc) -> str | None:
    """conda's rule: the longest leading part of a channel's name that has a place of its own."""
    parts = name.split("/")
    for length in range(len(parts), 0, -1):
        if base := condarc.custom.get("/".join(parts[:length])):
            return base if "://" in base else f"https://{base}"
    return {"pkgs": "https://repo.anaconda.com"}.get(parts[0])


def token_mirrors(channels: Iterable[Channel]) -> dict[str, list[str]]:
    """Where requests go for channels that are guarded by a token in the path."""
    return {channel.url: [without_credentials(channel.access)] for channel in channels if _TOKEN.search(channel.access)}


def logins(channels: Iterable[Channel]) -> dict[str, str]:
    """The value of the header Authorization for each host that a channel's URL has user and password for."""
    from base64 import b64encode
    from urllib.parse import unquote

    found = {}
    for channel in channels:
        parts = urlsplit(channel.access)
        if parts.username and parts.hostname:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            found[parts.hostname] = f"Basic {b64encode(pair.encode()).decode()}"
    return found
