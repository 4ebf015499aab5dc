"""The git facts of a directory that a project runs in as it is: two calls of the git program, if there is one.

Nothing that the repository's own configuration names is started: no hook, no fsmonitor, no lazy fetch, and in a
repository that another user owns no filter either.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import ProgramMissingError
from mlproj.source.credentials import strip_credentials
from mlproj.source.git_environ import OPTIONS, config_text, git_environ, user_config_files
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
    """The state of the work tree that a directory lies in; None if there is none, git is missing or ignores it.

    A file that git does not ignore and does not know makes the tree dirty, like a changed one.
    """
    top = next((parent for parent in (directory, *directory.parents) if (parent / ".git").exists()), None)
    if top is None:
        return None
    foreign = any(path.stat().st_uid != os.geteuid() for path in (top, top / ".git"))
    quiet = git_environ(environ, terminal=False) | {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        with _trusting(quiet) if foreign else contextlib.nullcontext(quiet) as ready:
            config = _read_config(directory, ready)
            status = _read_status(directory, ready, _without_filters(config) if foreign else ())
    except (ProgramMissingError, PermissionError):
        return None
    return None if status.code else _parse(status.stdout, config, top, os.path.relpath(directory, top))


@contextlib.contextmanager
def _trusting(environ: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The environment in which git reads a repository that another user owns, as a CI job's often is."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="mlproj-git-") as folder:
        file = Path(folder) / "config"
        file.write_text(config_text(user_config_files(environ)), encoding="utf-8")
        yield {**environ, "GIT_CONFIG_GLOBAL": str(file)}


def _read_config(directory: Path, environ: Mapping[str, str]) -> dict[str, str]:
    pattern = r"^(remote\..*\.url|filter\..*\.(clean|smudge|process))$"
    found = _git(directory, environ, (), "config", "-z", "--get-regexp", pattern)
    entries = (entry.partition("\n") for entry in found.stdout.split("\0") if entry)
    return {key: value for key, _, value in entries}


def _read_status(directory: Path, environ: Mapping[str, str], options: tuple[str, ...]) -> Finished:
    arguments = ("--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignored=matching")
    return _git(directory, environ, options, "status", *arguments)


def _without_filters(config: Mapping[str, str]) -> tuple[str, ...]:
    names = {key.removeprefix("filter.").rpartition(".")[0] for key in config if key.startswith("filter.")}
    parts = ("clean=", "smudge=", "process=", "required=false")
    return tuple(f"filter.{name}.{part}" for name in sorted(names) for part in parts)


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
        key.removeprefix("remote.").removesuffix(".url"): config[key] for key in config if key.startswith("remote.")
    }
    followed = [name for name in urls if upstream.startswith(f"{name}/")]
    name = next(iter([*followed, "origin"] if "origin" in urls else [*followed, *urls]), None)
    return strip_credentials(urls[name]) if name else None


def _git(directory: Path, environ: Mapping[str, str], options: tuple[str, ...], *arguments: str) -> Finished:
    settings = [part for option in (*OPTIONS, *options) for part in ("-c", option)]
    return run_program(["git", *settings, *arguments], environ=environ, cwd=directory, check=False)
