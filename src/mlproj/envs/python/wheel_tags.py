"""Which of a release's files an interpreter would take."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlproj.envs.platforms import this_platform

_GLIBC = 28
"""Another machine's glibc is taken to be 2.28."""
_MACOS = (13, 0)


def best_file(files: Iterable[Mapping[str, Any]], *, python: str, platform: str) -> Mapping[str, Any] | None:
    """The wheel that fits best, else the source archive, else nothing. `files` are a pylock.toml's; `python` is `3.11`
    or `3.11.9`."""
    found = list(files)
    ranks = {tag: rank for rank, tag in enumerate(_tags(python, platform))}
    best, best_rank = None, len(ranks)
    for file in found:
        for tag in _wheel_tags(_name(file)):
            if (rank := ranks.get(tag, len(ranks))) < best_rank:
                best, best_rank = file, rank
    return best or next((file for file in found if not _name(file).endswith(".whl")), None)


def _name(file: Mapping[str, Any]) -> str:
    place = file.get("name") or file.get("url") or file.get("path") or ""
    return str(place).split("#", 1)[0].rpartition("/")[2]


def _wheel_tags(name: str) -> Iterator[str]:
    if not name.endswith(".whl"):
        return
    interpreters, abis, platforms = name.removesuffix(".whl").split("-")[-3:]
    for interpreter in interpreters.split("."):
        for abi in abis.split("."):
            for platform in platforms.split("."):
                yield f"{interpreter}-{abi}-{platform}".lower()


def _tags(python: str, platform: str) -> Iterator[str]:
    from packaging.tags import compatible_tags, cpython_tags

    major, minor = (int(part) for part in re.findall(r"\d+", python)[:2])
    platforms = list(_platforms(platform))
    for tag in cpython_tags((major, minor), platforms=platforms):
        yield str(tag)
    for tag in compatible_tags((major, minor), f"cp{major}{minor}", platforms):
        yield str(tag)


def _platforms(platform: str) -> Iterator[str]:
    from packaging.tags import mac_platforms, platform_tags

    if platform == this_platform():
        yield from platform_tags()
        return
    system, _, machine = platform.partition("-")
    if system == "macos":
        yield from mac_platforms(_MACOS, machine)
        return
    old = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    for number in range(_GLIBC, 4, -1):
        yield f"manylinux_2_{number}_{machine}"
        if number in old:
            yield f"{old[number]}_{machine}"
    yield f"linux_{machine}"
