"""Git sources: resolve a version, bring its commit into the mirror, check it out."""

from collections.abc import Callable
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import ProgramFailedError, SourceError, UserError
from mlproj.record.values import Source
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import staged
from mlproj.source.git.access import GitAccess, git_access
from mlproj.source.git.errors import is_damaged
from mlproj.source.git.local import Repository, find_repository, resolve_local
from mlproj.source.git.mirrors import Mirror
from mlproj.source.git.populate import populate
from mlproj.source.git.remote import Resolved, bring, find_in_mirror, resolve_remote
from mlproj.source.uri import ProjectUri


def fetch_git(
    uri: ProjectUri, version: str | None, *, settings: Settings, run_id: str | None, on_progress: Callable[[str], None]
) -> Checkout:
    """A checkout of a version of a repository, wherever that is."""
    with git_access(settings, location=uri.location, credentials=uri.credentials, on_progress=on_progress) as access:
        repository = None if uri.remote else _repository(access, uri)
        mirror = _mirror(access, settings, uri, repository)
        try:
            return _fetch(mirror, uri, version, repository, settings=settings, run_id=run_id)
        except (SourceError, ProgramFailedError) as error:
            if not is_damaged(error.detail or ""):
                raise
        on_progress(f"the mirror of {uri.text} is damaged, and fetched anew")
        mirror.discard()
        return _fetch(mirror, uri, version, repository, settings=settings, run_id=run_id)


def _fetch(
    mirror: Mirror,
    uri: ProjectUri,
    version: str | None,
    repository: Repository | None,
    *,
    settings: Settings,
    run_id: str | None,
) -> Checkout:
    resolved = _bring(mirror, version, uri, repository)
    source = _source(uri, version, resolved, repository)
    with staged(settings, _name(mirror.url), run_id) as (tree, commit):
        populate(mirror, resolved.commit, tree, branch=resolved.branch, origin=source.repository or mirror.url)
        _require_directory(tree, source.subdirectory, uri)
        top = commit()
    return Checkout(root=top / source.subdirectory if source.subdirectory else top, top=top, source=source, owned=True)


def _mirror(access: GitAccess, settings: Settings, uri: ProjectUri, repository: Repository | None) -> Mirror:
    url = uri.location if repository is None else str(repository.git_directory)
    return Mirror(access=access, cache_dir=settings.cache_dir, url=url, where=uri.text)


def _bring(mirror: Mirror, version: str | None, uri: ProjectUri, repository: Repository | None) -> Resolved:
    if found := find_in_mirror(mirror, version):
        return found
    with mirror.locked() as held:
        if repository is None:
            return bring(held, resolve_remote(held, version))
        resolved = resolve_local(held.access, Path(uri.location), version, where=uri.text)
        held.create(resolved.commit)
        return bring(held, resolved)


def _repository(access: GitAccess, uri: ProjectUri) -> Repository:
    found = find_repository(access, Path(uri.location))
    if found is None:
        raise UserError("a version is asked for, but the directory is in no git repository", where=uri.text)
    return found


def _source(uri: ProjectUri, version: str | None, resolved: Resolved, repository: Repository | None) -> Source:
    prefix = repository.prefix if repository else None
    parts = [part for part in (prefix, uri.subdirectory) if part]
    text = uri.text if uri.remote or uri.text.startswith("file:") else str(Path(uri.text).absolute())
    return Source(
        uri=text,
        kind="git",
        version=version,
        commit=resolved.commit,
        branch=resolved.branch,
        repository=(repository.origin or str(repository.path)) if repository else uri.location,
        subdirectory="/".join(parts) or None,
    )


def _require_directory(tree: Path, subdirectory: str | None, uri: ProjectUri) -> None:
    if not subdirectory:
        return
    if not (tree / subdirectory).is_dir():
        raise SourceError(f"no directory {subdirectory!r} in the repository at that version", where=uri.text)
    if not (tree / subdirectory).resolve().is_relative_to(tree.resolve()):
        raise SourceError(
            f"the subdirectory {subdirectory!r} is a link that leads out of the repository", where=uri.text
        )


def _name(url: str) -> str:
    return url.rstrip("/").removesuffix("/.git").removesuffix(".git").replace(":", "/").rpartition("/")[2]
