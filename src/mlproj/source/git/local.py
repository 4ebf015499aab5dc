"""Repositories on this machine: found, read, never written."""

from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import ProgramFailedError
from mlproj.source.credentials import strip_credentials
from mlproj.source.git.access import GitAccess
from mlproj.source.git.errors import explain
from mlproj.source.git.remote import Resolved, no_such_version, without_default


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository on this machine: its git directory, and where in the work tree the asked directory is."""

    git_directory: Path
    prefix: str | None
    origin: str | None

    @property
    def path(self) -> Path:
        """What a user would call it: the work tree's top, or the bare repository."""
        return self.git_directory.parent if self.git_directory.name == ".git" else self.git_directory


def find_repository(access: GitAccess, path: Path) -> Repository | None:
    """The repository that a directory lies in, or None."""
    try:
        facts = access.at(path).rev_parse("--git-common-dir", "--show-prefix").split("\n")
    except ProgramFailedError as error:
        if "not a git repository" in error.stderr:
            return None
        raise explain(str(path), access.clean(error)) from error
    directory = (path / facts[0]).resolve()
    prefix = facts[1].rstrip("/") if len(facts) > 1 else ""
    return Repository(git_directory=directory, prefix=prefix or None, origin=_origin(access, directory))


def resolve_local(access: GitAccess, path: Path, version: str | None, *, where: str) -> Resolved:
    """The commit that a version means in the repository around `path`.

    Raises NoSuchVersionError.
    """
    commit = access.commit_of(path, version or "HEAD")
    if commit is not None:
        return Resolved(commit=commit, branch=_branch(access, path, version or "HEAD"))
    listed = access.at(path).for_each_ref("--format=%(refname:strip=2)", "refs/heads", "refs/tags")
    names = tuple(listed.split("\n")) if listed else ()
    if version in {None, "HEAD", "@"} or not names:
        raise without_default(where, names)
    raise no_such_version(where, version or "", names)


def _branch(access: GitAccess, path: Path, version: str) -> str | None:
    try:
        ref = access.at(path).rev_parse("--symbolic-full-name", "--end-of-options", version).split("\n")[-1]
    except ProgramFailedError:
        return None
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None


def _origin(access: GitAccess, directory: Path) -> str | None:
    try:
        url = access.at(directory).config("--get", "remote.origin.url")
    except ProgramFailedError:
        return None
    return strip_credentials(url) or None
