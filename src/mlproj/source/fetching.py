"""A URI and a version -> a checkout: the door of this room. A local directory imports nothing of git's or zip's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import NoSuchVersionError, ProgramFailedError, SourceError, UserError
from mlproj.record.values import Source
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import release
from mlproj.source.credentials import redact
from mlproj.source.git.errors import explain
from mlproj.source.uri import ProjectUri, parse_uri
from mlproj.source.versions import nearest
from mlproj.source.work_tree import read_work_tree

__all__ = ["fetch", "release"]


def fetch(
    uri: str,
    version: str | None = None,
    *,
    settings: Settings,
    run_id: str | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Checkout:
    """The project's code in a directory.

    A local directory is used where it is; a version, a repository and an archive get a checkout of the run's own,
    which `release` ends. Raises SourceError, and UserError for what the user has to change.
    """
    parsed = look_up(uri, version)
    show = on_progress or _quiet
    with _explained(parsed):
        if parsed.kind == "git":
            from mlproj.source.git.source import fetch_git

            return fetch_git(parsed, version, settings=settings, run_id=run_id, on_progress=show)
        if parsed.kind == "archive":
            from mlproj.source.archive_source import fetch_archive

            return fetch_archive(parsed, version, settings=settings, run_id=run_id, on_progress=show)
        return _in_place(parsed, settings)


def look_up(uri: str, version: str | None = None) -> ProjectUri:
    """Parse a URI, and look whether what is local is a directory, a repository or an archive.

    Raises UserError if it is nothing of these, and for a version that no repository can have.
    """
    parsed = parse_uri(uri, exists=_exists)
    _check_version(version, parsed.text)
    if parsed.remote:
        return parsed
    try:
        return _look_at(parsed, Path(parsed.location), version)
    except OSError as error:
        raise UserError(f"the path cannot be used: {error.strerror}", where=parsed.text) from error


def _look_at(parsed: ProjectUri, path: Path, version: str | None) -> ProjectUri:
    if path.is_dir():
        return replace(parsed, kind="git" if version is not None or is_bare(path) else "local")
    if parsed.kind == "archive" and path.is_file():
        return parsed
    if not path.suffix and is_bare(path.with_suffix(".git")):
        return replace(parsed, kind="git", location=f"{parsed.location.rstrip('/')}.git")
    raise _missing(parsed, path)


def _check_version(version: str | None, where: str) -> None:
    if version is None:
        return
    if not version.strip():
        raise UserError("the version is empty", where=where, hint="leave --version out for the default branch")
    if version.startswith("-") or any(ord(char) < ord(" ") or char == "\x7f" for char in version):
        raise NoSuchVersionError(f"no branch, tag or commit can be named {version!r}", where=where)


def _missing(uri: ProjectUri, path: Path) -> UserError:
    close = nearest(path.name, _names_in(path.parent))
    hint = f"did you mean {path.parent / close}?" if close else None
    if path.exists():
        return UserError("this is a file, and no .zip archive", where=uri.text, hint="give the project's directory")
    if uri.kind == "archive":
        return UserError("no such file", where=uri.text, hint=hint)
    return UserError("no such directory, and not a git URL", where=uri.text, hint=hint)


def _names_in(directory: Path) -> list[str]:
    try:
        return [path.name for path in directory.iterdir()]
    except OSError:
        return []


def _in_place(uri: ProjectUri, settings: Settings) -> Checkout:
    top = Path(uri.location).resolve()
    root = top / uri.subdirectory if uri.subdirectory else top
    if not root.is_dir():
        raise SourceError(f"no directory {uri.subdirectory!r} in {top}", where=uri.text)
    source = Source(uri=f"{top}#{uri.subdirectory}" if uri.subdirectory else str(top), kind="local")
    tree = read_work_tree(root, settings.environ)
    if tree is None:
        return Checkout(root=root, top=top, owned=False, source=replace(source, subdirectory=uri.subdirectory))
    source = replace(
        source,
        commit=tree.commit,
        branch=tree.branch,
        repository=tree.repository,
        subdirectory=tree.subdirectory,
        dirty=tree.dirty,
    )
    return Checkout(root=root, top=tree.top, owned=False, source=source)


@contextmanager
def _explained(uri: ProjectUri) -> Iterator[None]:
    """What the disk or git refuse becomes a SourceError."""
    try:
        yield
    except ProgramFailedError as error:
        raise explain(uri.text, redact(error.detail or "", (uri.credentials.password,))) from error
    except OSError as error:
        path = f" {error.filename}:" if error.filename else ""
        raise SourceError(
            f"the code cannot be written:{path} {error.strerror or error}",
            where=uri.text,
            hint="make room, or set MLPROJ_CACHE_DIR to a directory that you may write",
        ) from error


def _quiet(_: str) -> None:
    """Progress that nobody asked for."""


def is_bare(path: Path) -> bool:
    """Whether a directory is a repository without a work tree (a `.git` directory counts)."""
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False
