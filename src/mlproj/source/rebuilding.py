"""From what a run's record says of its code to a checkout of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import MlprojError, NotRecordedError, ProgramFailedError, SourceError
from mlproj.record.values import Capture, NotRecorded, Source
from mlproj.source.bundles import take_bundle
from mlproj.source.capturing import COMMITS, RECORDED
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import staged
from mlproj.source.credentials import Credentials
from mlproj.source.git_access import GitAccess, git_access
from mlproj.source.git_local import find_repository
from mlproj.source.git_remote import bring, resolve_remote
from mlproj.source.mirrors import Mirror
from mlproj.source.packing import unpack
from mlproj.source.populate import populate
from mlproj.source.submodules import SubmoduleState
from mlproj.source.tree import read_tree
from mlproj.system.files import link_or_copy, make_directory


def rebuild(
    source: Source,
    files: Path,
    *,
    settings: Settings,
    run_id: str | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Checkout:
    """A checkout of the run's own with the code that the record says; `files` is the record's directory.

    Raises SourceError, which names what is missing; NotRecordedError for what was not kept.
    """
    captured = source.capture or Capture()
    fetched = _Fetched(source, files, settings, on_progress)
    if source.kind == "archive" and captured.snapshot is None:
        return fetched.archive(run_id)
    with staged(settings, _name(source), run_id) as (tree, commit):
        if captured.snapshot is not None:
            make_directory(tree)
            unpack(_require(files / captured.snapshot, source.uri), tree, where=source.uri)
        else:
            fetched.commit(tree)
            _apply_all(captured, files, tree, settings, where=source.uri)
        supply(source, captured.dropped, tree, settings)
        verify(source, tree, settings)
        captured = _without_lost(captured, files)
        _keep_recorded(captured, files, tree.parent / RECORDED)
        top = commit()
    root = top / source.subdirectory if source.subdirectory else top
    found = source if source.capture is None else replace(source, capture=captured)
    return Checkout(root=root, top=top, source=found, owned=True)


def verify(source: Source, tree: Path, settings: Settings) -> None:
    """Compare a tree with the recorded hash. Raises SourceError if it is another."""
    if source.tree_hash is None:
        return
    found = read_tree(tree, settings=settings, left_out=source.left_out, ask_git=False)
    if found.hash != source.tree_hash:
        raise SourceError(
            "the rebuilt code is not what the run used: its tree hash is another",
            where=source.uri,
            hint=f"recorded {source.tree_hash[:12]}, rebuilt {(found.hash or 'none')[:12]}",
        )


def supply(source: Source, dropped: tuple[NotRecorded, ...], tree: Path, settings: Settings) -> None:
    """Bring files that were too large to be kept from where they still are, if they are what they were.

    Raises NotRecordedError.
    """
    for file in dropped:
        if file.path.endswith(COMMITS):
            continue  # they were found elsewhere
        place = tree / file.path
        found = next(_copies(source, file, settings), None)
        if found is None:
            error = NotRecordedError(f"{file.path} is not recorded ({file.reason})", where=source.uri)
            error.reason = file.reason
            raise error
        make_directory(place.parent)
        place.unlink(missing_ok=True)
        import shutil

        shutil.copy(found, place)


def original_top(source: Source) -> Path | None:
    """The directory that a local source was in, if it is still there."""
    if source.kind != "local":
        return None
    inside = f"#{source.subdirectory}"
    path = Path(source.uri.removesuffix(inside))
    if source.commit is not None:
        path = next((parent for parent in (path, *path.parents) if (parent / ".git").exists()), path)
    return path if path.is_dir() else None


class _Fetched:
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

    def commit(self, tree: Path) -> None:
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
                    from mlproj.system.files import remove_tree

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


def _apply(captured: Capture, files: Path, directory: Path, settings: Settings, *, where: str) -> None:
    """Apply the recorded changes and untracked files of a repository and of its submodules."""
    for name in filter(None, (captured.diff, captured.files)):
        _require(files / name, where)
    if captured.diff is not None:
        with git_access(settings, location=str(directory), credentials=Credentials()) as access:
            try:
                access.at(directory).apply("--binary", "--whitespace=nowarn", str((files / captured.diff).absolute()))
            except ProgramFailedError as error:
                raise SourceError(
                    "the recorded changes cannot be applied", where=where, detail=access.clean(error)
                ) from error
    if captured.files is not None:
        unpack(files / captured.files, directory, where=where)


def _apply_all(captured: Capture, files: Path, top: Path, settings: Settings, *, where: str) -> None:
    _apply(captured, files, top, settings, where=where)
    for path, inner in captured.submodules.items():
        _apply_all(inner, files, top / path, settings, where=f"{where}: submodule {path}")


def _copies(source: Source, file: NotRecorded, settings: Settings) -> Iterator[Path]:
    """Files of this machine with the content that a dropped one had."""
    from mlproj.system.hashing import hash_file

    if file.sha256 is None or file.reason == "secret":
        return
    here = original_top(source)
    for place in ([here / file.path] if here else []) + [settings.home / "objects" / file.sha256[:2] / file.sha256]:
        try:
            if hash_file(place).sha256 == file.sha256:
                yield place
        except OSError:
            continue


def _keep_recorded(captured: Capture, files: Path, target: Path) -> None:
    names = [captured.diff, captured.files, captured.bundle, captured.snapshot]
    for name in filter(None, names):
        make_directory((target / name).parent)
        link_or_copy(files / name, target / name)
    for inner in captured.submodules.values():
        _keep_recorded(inner, files, target)


def _without_lost(captured: Capture, files: Path) -> Capture:
    """What is kept, less the commits that a record has lost but a repository still had."""
    bundle = captured.bundle if captured.bundle is not None and (files / captured.bundle).is_file() else None
    inner = {path: _without_lost(one, files) for path, one in captured.submodules.items()}
    return replace(captured, bundle=bundle, submodules=inner)


def _require(file: Path, where: str) -> Path:
    if not file.is_file():
        raise SourceError(f"the record has lost its {file.name}", where=where, hint=_hint(file.parent.parent))
    return file


def _hint(files: Path) -> str:
    return f"{files} is to hold all that the run has in mlproj/; `mlproj export RUN -o FILE.zip` puts it into one file"


def _nowhere(source: Source, failure: MlprojError | None, files: Path) -> SourceError:
    reason = "" if failure is None else f": {failure.message}"
    dropped = () if source.capture is None else source.capture.dropped
    kind = NotRecordedError if any(file.path.endswith(COMMITS) for file in dropped) else SourceError
    bundle = None if source.capture is None else source.capture.bundle
    return kind(
        f"the commit {source.commit} cannot be had{reason}",
        where=source.repository or source.uri,
        detail=None if failure is None else failure.detail,
        hint=None if bundle is None or (files / bundle).is_file() else _hint(files),
    )


def _name(source: Source) -> str:
    return (source.repository or source.uri).rstrip("/").removesuffix(".git").replace(":", "/").rpartition("/")[2]
