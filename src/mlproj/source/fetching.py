"""A URI and a version -> a checkout: the door of this room."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import SourceError, UserError
from mlproj.record.values import Source
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import release
from mlproj.source.git_access import quiet
from mlproj.source.git_local import is_bare
from mlproj.source.git_source import fetch_git, resolve_git
from mlproj.source.uri import ProjectUri, parse_uri
from mlproj.source.work_tree import read_work_tree

__all__ = ["fetch", "release", "resolve"]


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
    parsed = parse(uri, version)
    if parsed.kind == "git":
        return fetch_git(parsed, version, settings=settings, run_id=run_id, on_progress=on_progress or quiet)
    return _in_place(parsed, settings)


def resolve(uri: str, version: str | None = None, *, settings: Settings) -> Source:
    """Which code `fetch` would give; no checkout is made."""
    parsed = parse(uri, version)
    if parsed.kind == "git":
        return resolve_git(parsed, version, settings=settings)
    return _in_place(parsed, settings).source


def parse(uri: str, version: str | None = None) -> ProjectUri:
    """Parse a URI, and look whether what is local is a directory, a repository or an archive."""
    parsed = parse_uri(uri, exists=_exists)
    if parsed.remote:
        return parsed
    path = Path(parsed.location)
    if path.is_dir():
        return replace(parsed, kind="git" if version is not None or is_bare(path) else "local")
    raise UserError("no such directory, and not a git URL", where=parsed.text)


def _in_place(uri: ProjectUri, settings: Settings) -> Checkout:
    top = Path(uri.location).resolve()
    root = top / uri.subdirectory if uri.subdirectory else top
    if not root.is_dir():
        raise SourceError(f"no directory {uri.subdirectory!r} in {top}", where=uri.text)
    tree = read_work_tree(root, settings.environ)
    source = Source(uri=str(top) + (f"#{uri.subdirectory}" if uri.subdirectory else ""), kind="local")
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


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False
