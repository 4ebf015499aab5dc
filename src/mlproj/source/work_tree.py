"""The git facts of a directory that a project runs in as it is: two calls of the git program, if there is one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import ProgramMissingError
from mlproj.source.credentials import strip_credentials
from mlproj.source.git.reading import GitReader, read_config, reading
from mlproj.system.processes import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """The work tree around a directory; `commit` is None before the first one."""

    top: Path
    subdirectory: str | None = None
    commit: str | None = None
    branch: str | None = None
    repository: str | None = None
    dirty: bool | None = None


def read_work_tree(directory: Path, environ: Mapping[str, str]) -> WorkTree | None:
    """The state of the work tree that a directory lies in; None if there is none, git is missing or ignores it.

    A file that git does not ignore and does not know makes the tree dirty, like a changed one.
    """
    top = next((parent for parent in (directory, *directory.parents) if (parent / ".git").exists()), None)
    if top is None:
        return None
    try:
        with reading(directory, top, environ) as reader:
            config = read_config(reader)
            status = _read_status(reader)
    except (ProgramMissingError, PermissionError):
        return None
    return None if status.code else _parse(status.stdout, config, top, os.path.relpath(directory, top))


def _read_status(reader: GitReader) -> Finished:
    arguments = ("--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignored=matching")
    return reader.ask("status", *arguments)


def _parse(status: str, config: Mapping[str, str], top: Path, subdirectory: str) -> WorkTree | None:
    entries = [entry for entry in status.split("\0") if entry]
    ignored = [entry.removeprefix("! ") for entry in entries if entry.startswith("! ")]
    if any(path.endswith("/") and f"{subdirectory}/".startswith(path) for path in ignored):
        return None
    headers = dict(entry.removeprefix("# ").split(" ", 1) for entry in entries if entry.startswith("# "))
    commit, branch = headers.get("branch.oid"), headers.get("branch.head")
    return WorkTree(
        top=top,
        subdirectory=None if subdirectory == "." else subdirectory,
        commit=None if commit == "(initial)" else commit,
        branch=None if branch == "(detached)" else branch,
        repository=_repository(config, headers.get("branch.upstream", "")),
        dirty=any(not entry.startswith(("# ", "! ")) for entry in entries),
    )


def _repository(config: Mapping[str, str], upstream: str) -> str | None:
    """The remote that the branch follows, else origin, else the only one there is."""
    urls = {
        key.removeprefix("remote.").removesuffix(".url"): value
        for key, value in config.items()
        if key.startswith("remote.") and key.endswith(".url")
    }
    followed = [name for name in urls if upstream.startswith(f"{name}/")]
    name = next(iter([*followed, "origin"] if "origin" in urls else [*followed, *urls]), None)
    return strip_credentials(urls[name]) if name else None
