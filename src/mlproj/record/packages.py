"""Which packages a run had: from the list of its record, else from the lock that it was built from. Pure."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from mlproj.record.values import EnvironmentRecord

_PINNED = re.compile(
    r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:===?\s*(?P<version>[^\s;\\#]+)|@\s*(?P<url>[^\s;\\#]+))"
)
_CONDA_FILE = re.compile(r"^(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+?)(?:\.conda|\.tar\.bz2)$")


def packages(environment: EnvironmentRecord | None) -> dict[str, str]:
    """Names (as the index compares them) and versions; empty where nothing is known."""
    if environment is None:
        return {}
    if environment.packages:
        return {normal_name(name): version for name, version in environment.packages.items()}
    return read_lock(environment.lock or "", environment.lock_format or "")


def read_lock(text: str, lock_format: str) -> dict[str, str]:
    """The packages of a lock; what is no lock of the format has none."""
    if lock_format == "requirements":
        return _from_requirements(text)
    if lock_format == "pylock":
        return _from_pylock(text)
    return _from_pixi(text) if lock_format == "pixi" else {}


def normal_name(name: str) -> str:
    """A name as PyPI compares them: lower case, runs of `-`, `_` and `.` as one `-`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _from_requirements(text: str) -> dict[str, str]:
    found = (_PINNED.match(line) for line in text.splitlines())
    return {normal_name(match["name"]): match["version"] or match["url"] for match in found if match}


def _from_pylock(text: str) -> dict[str, str]:
    import tomllib

    try:
        listed = tomllib.loads(text).get("packages", [])
    except tomllib.TOMLDecodeError:
        return {}
    return {
        normal_name(str(item["name"])): str(item.get("version") or _origin(item))
        for item in listed
        if isinstance(item, Mapping) and "name" in item
    }


def _origin(item: Mapping[str, Any]) -> str:
    """What tells a package without a version apart: its commit, else that it has none."""
    source = item.get("vcs") or item.get("archive") or item.get("directory") or {}
    return str(source.get("commit-id") or source.get("url") or source.get("path") or "?")


def _from_pixi(text: str) -> dict[str, str]:
    """Conda packages by their file names; what PyPI gives has name and version of its own."""
    import yaml

    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError:
        return {}
    listed = data.get("packages", []) if isinstance(data, Mapping) else []
    return dict(pair for item in listed if isinstance(item, Mapping) and (pair := _pixi_package(item)))


def _pixi_package(item: Mapping[str, Any]) -> tuple[str, str] | None:
    if "name" in item and "version" in item:
        return normal_name(str(item["name"])), str(item["version"])
    match = _CONDA_FILE.match(PurePosixPath(unquote(urlsplit(str(item.get("conda", ""))).path)).name)
    return None if match is None else (normal_name(match["name"]), f"{match['version']} {match['build']}")
