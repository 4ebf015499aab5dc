"""The git facts of a directory that a project runs in as it is: asked of the git program, if there is one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import ProgramMissingError
from mlproj.source.credentials import strip_credentials
from mlproj.source.git_environ import OPTIONS, git_environ
from mlproj.system.processes import Finished, run_program


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
    """The state of the work tree that a directory lies in; None if there is none, git is missing or ignores it."""
    top = next((parent for parent in (directory, *directory.parents) if (parent / ".git").exists()), None)
    if top is None:
        return None
    try:
        return _read(top, directory, git_environ(environ, terminal=False) | {"GIT_OPTIONAL_LOCKS": "0"})
    except ProgramMissingError:
        return None


def _read(top: Path, directory: Path, environ: Mapping[str, str]) -> WorkTree | None:
    status = _git(
        directory, environ, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignored"
    )
    if status.code:
        return None
    entries = status.stdout.split("\0")
    headers = dict(entry.removeprefix("# ").split(" ", 1) for entry in entries if entry.startswith("# "))
    changes = [entry for entry in entries if entry and not entry.startswith(("# ", "! "))]
    subdirectory = os.path.relpath(directory, top)
    if any(_covers(entry.removeprefix("! "), subdirectory) for entry in entries if entry.startswith("! ")):
        return None
    commit = headers.get("branch.oid", "(initial)")
    branch = headers.get("branch.head", "(detached)")
    url = _git(directory, environ, "config", "--get", "remote.origin.url").stdout.strip()
    return WorkTree(
        top=top,
        subdirectory=None if subdirectory == "." else subdirectory,
        commit=None if commit == "(initial)" else commit,
        branch=None if branch == "(detached)" else branch,
        repository=strip_credentials(url) or None,
        dirty=bool(changes),
    )


def _covers(ignored: str, subdirectory: str) -> bool:
    return ignored.endswith("/") and f"{subdirectory}/".startswith(ignored)


def _git(directory: Path, environ: Mapping[str, str], *arguments: str) -> Finished:
    options = [part for option in OPTIONS for part in ("-c", option)]
    return run_program(["git", *options, *arguments], environ=environ, cwd=directory, check=False)
