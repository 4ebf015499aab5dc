"""The commit or the archive that a past run used, from wherever it can be had."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import CodeNotRecordedError, MlprojError, ProgramFailedError, SourceError
from mlproj.record.values import Capture, Source
from mlproj.source.capture.bundles import take_bundle
from mlproj.source.capture.keeping import COMMITS
from mlproj.source.capture.recorded_changes import HINT, original_top, verify
from mlproj.source.checkout import Checkout
from mlproj.source.credentials import Credentials
from mlproj.source.git.access import GitAccess, git_access
from mlproj.source.git.local import find_repository
from mlproj.source.git.mirrors import Mirror
from mlproj.source.git.populate import populate
from mlproj.source.git.remote import bring, resolve_remote
from mlproj.source.git.submodules import SubmoduleState
from mlproj.system.files import remove_tree


class Recorded:
    """The commit or the archive of a source, from wherever it can be had."""

    def __init__(self, source: Source, files: Path, settings: Settings, on_progress: Callable[[str], None]) -> None:
        self._source = source
        self._files = files
        self._settings = settings
        self._say = on_progress
        self._captured = source.capture or Capture()

    def archive(self, run_id: str | None) -> Checkout:
        from mlproj.source.fetching import fetch, release

        checkout = fetch(self._source.uri, settings=self._settings, run_id=run_id, on_progress=self._say)
        try:
            _compare_digest(self._source, checkout.source)
            verify(self._source, checkout.top, self._settings)
        except BaseException:
            release(checkout, settings=self._settings)
            raise
        return replace(checkout, source=self._source)

    def check_out(self, tree: Path) -> None:
        """Check the commit out, from the repository that it was made in if that is here, else from its remote."""
        source, failure = self._source, None
        if source.commit is None:
            raise SourceError("the record has neither a commit nor a snapshot of the code", where=source.uri)
        for location in self._locations():
            with git_access(
                self._settings, location=location, credentials=Credentials(), on_progress=self._say
            ) as access:
                try:
                    mirror = self._mirror(access, location)
                    self._bring(mirror, source.commit)
                    return populate(
                        mirror,
                        source.commit,
                        tree,
                        branch=source.branch,
                        origin=source.repository or mirror.url,
                        submodules=self._submodules(),
                    )
                except (SourceError, ProgramFailedError) as error:
                    failure = failure or error
                    remove_tree(tree)
        raise _nowhere(source, failure, self._files)

    def _locations(self) -> Iterator[str]:
        source = self._source
        here = original_top(source)
        if here is None and source.kind == "git":
            given = Path(source.uri.removeprefix("file://").partition("#")[0])
            here = given if given.is_absolute() and given.exists() else None
        if here is not None:
            yield str(here)
        if source.repository:
            yield source.repository
        elif here is None:
            yield source.uri

    def _mirror(self, access: GitAccess, location: str) -> Mirror:
        url = location
        if Path(location).is_absolute() and Path(location).is_dir():
            repository = find_repository(access, Path(location))
            url = location if repository is None else str(repository.git_directory)
        return Mirror(access=access, cache_dir=self._settings.cache_dir, url=url, where=self._source.uri)

    def _bring(self, mirror: Mirror, commit: str) -> None:
        if mirror.commit_of(commit):
            return
        with mirror.locked() as held:
            held.create(commit)
            bundle = None if self._captured.bundle is None else self._files / self._captured.bundle
            if bundle is not None and bundle.is_file() and not self._has(held, commit):
                take_bundle(held, bundle)
                held.keep(commit)
                return
            bring(held, resolve_remote(held, commit))

    def _has(self, mirror: Mirror, commit: str) -> bool:
        """Whether the repository is on this machine and has the commit."""
        here = Path(mirror.url)
        return mirror.is_local and here.is_dir() and mirror.access.commit_of(here, commit) is not None

    def _submodules(self) -> SubmoduleState | None:
        if self._source.tree_hash is None:
            return None
        bundles = dict(_bundles(self._captured, self._files))
        return SubmoduleState(commits=self._source.submodules, bundles=bundles)


def _compare_digest(recorded: Source, found: Source) -> None:
    if recorded.digest not in {None, found.digest}:
        raise SourceError("the archive is not what it was: its sha256 is another", where=recorded.uri)


def _bundles(captured: Capture, files: Path) -> Iterator[tuple[str, Path]]:
    for path, inner in captured.submodules.items():
        if inner.bundle is not None and (files / inner.bundle).is_file():
            yield path, files / inner.bundle
        yield from _bundles(inner, files)


def _nowhere(source: Source, failure: MlprojError | None, files: Path) -> SourceError:
    reason = "" if failure is None else f": {failure.message}"
    dropped = () if source.capture is None else source.capture.dropped
    kind = CodeNotRecordedError if any(file.path.endswith(COMMITS) for file in dropped) else SourceError
    bundle = None if source.capture is None else source.capture.bundle
    return kind(
        f"the commit {source.commit} cannot be had{reason}",
        where=source.repository or source.uri,
        detail=None if failure is None else failure.detail,
        hint=None if bundle is None or (files / bundle).is_file() else HINT,
    )
