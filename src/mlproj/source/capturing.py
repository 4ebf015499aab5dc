"""What is kept of code that no remote has: changes, untracked files, commits, or a whole directory without git."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import ProgramFailedError, ProgramMissingError
from mlproj.record.values import Capture, FileFact, NotRecorded, Source
from mlproj.source.absent import folded, hidden_changes
from mlproj.source.changes import write_changes
from mlproj.source.checkout import Checkout
from mlproj.source.credentials import split_credentials
from mlproj.source.git_reading import GitReader, read_config, reading
from mlproj.source.kept_captures import keep
from mlproj.source.leaving_out import LeftOut, leaving_out
from mlproj.source.secret_files import SecretFinder, has_secret_name
from mlproj.source.tree import Tree, is_repository, read_tree, tree_hash
from mlproj.system.files import link_or_copy, make_directory

__all__ = ["FOLDER", "CaptureLimits", "capture", "described", "tree_hash"]

FOLDER = "source"
RECORDED = "recorded"
"""Beside the tree of a rebuilt checkout: what was captured of it, for the record of the run that is made of it."""


MOST_NAMED = 1_000
COMMITS = " (commits that the remote lacks)"
"""Behind the path of a repository whose bundle is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLimits:
    """How much is kept of one run's code: bytes and files, over everything that is kept."""

    size: int = 100 << 20
    files: int = 10_000


@dataclass(slots=True, kw_only=True)
class _Keeping:
    """One capture in the making: where it goes, what is left of the limits, what was dropped."""

    into: Path
    settings: Settings
    tree: Tree
    finder: SecretFinder
    left_out: LeftOut
    size: int
    files: int
    dropped: list[NotRecorded] = field(default_factory=list)

    def drop(self, path: str, reason: str, sha256: str | None = None) -> None:
        self.dropped.append(NotRecorded(path=path, reason=reason, sha256=sha256))

    def place(self, repository: str, name: str) -> Path:
        folder = self.into / FOLDER
        if repository:
            folder = folder / "submodules" / repository
        return folder / name

    def named(self, path: Path) -> str:
        return path.relative_to(self.into).as_posix()


def described(source: Source, tree: Tree, left_out: Iterable[str] = ()) -> Source:
    """The source with the hash of its tree and the commits of its submodules."""
    return replace(source, tree_hash=tree.hash, submodules=tree.submodules, left_out=tuple(left_out))


def capture(
    checkout: Checkout,
    into: Path,
    *,
    settings: Settings,
    limits: CaptureLimits | None = None,
    secrets: Iterable[str] = (),
    tree: Tree | None = None,
    left_out: Iterable[str] = (),
) -> Capture | None:
    """Write what cannot be fetched again below `into`/source; None if everything can.

    `into` is the record's directory, `secrets` are values that must be in no file that is kept, `tree` the work tree
    as it was read, `left_out` paths and globs relative to its top. What is not kept is named in `dropped`.
    """
    limits = limits or CaptureLimits()
    left_out = tuple(left_out)
    tree = tree or read_tree(checkout.top, settings=settings, left_out=left_out)
    keeping = _Keeping(
        into=into,
        settings=settings,
        tree=tree,
        finder=SecretFinder(secrets),
        left_out=leaving_out(left_out),
        size=limits.size,
        files=limits.files,
    )
    found = _capture(checkout, keeping)
    found = replace(found, dropped=_named(sorted({*found.dropped, *keeping.dropped}, key=lambda file: file.path)))
    return None if found == Capture() else found


def _named(dropped: list[NotRecorded]) -> tuple[NotRecorded, ...]:
    """What is dropped, as far as anybody wants to read it."""
    if len(dropped) <= MOST_NAMED:
        return tuple(dropped)
    more = NotRecorded(path=f"{len(dropped) - MOST_NAMED} more files", reason="count")
    return (*dropped[:MOST_NAMED], more)


def _capture(checkout: Checkout, keeping: _Keeping) -> Capture:
    source, top = checkout.source, checkout.top
    if checkout.owned:
        return _again(source.capture, top, keeping) if source.capture else _capture_version(source, keeping)
    if source.commit is None or not is_repository(top):
        return _snapshot(keeping)
    try:
        with reading(top, top, keeping.settings.environ) as reader:
            return _repository(reader, "", source.commit, keeping, dirty=source.dirty is not False)
    except (ProgramMissingError, ProgramFailedError, PermissionError):
        return _snapshot(keeping)


def _again(captured: Capture, top: Path, keeping: _Keeping) -> Capture:
    """What was captured of a checkout that was rebuilt, for the next record."""
    for path in sorted((top.parent / RECORDED).rglob("*")):
        if path.is_file():
            target = keeping.into / path.relative_to(top.parent / RECORDED)
            make_directory(target.parent)
            link_or_copy(path, target)
    return captured


def _capture_version(source: Source, keeping: _Keeping) -> Capture:
    """Of a checkout of the run's own: the commits of a repository on this machine that its remote lacks."""
    repository = Path(source.uri.removeprefix("file://").partition("#")[0])
    if source.kind != "git" or source.commit is None or not repository.is_absolute() or not repository.is_dir():
        return Capture()
    try:
        with reading(repository, repository, keeping.settings.environ) as reader:
            return Capture(bundle=_bundle(reader, "", source.commit, keeping))
    except (ProgramMissingError, ProgramFailedError, OSError):
        return Capture()


def _repository(reader: GitReader, place: str, commit: str, keeping: _Keeping, *, dirty: bool) -> Capture:
    """What is kept of one repository of the work tree, and of its submodules."""
    bundle = _bundle(reader, place, commit, keeping)
    prefix = f"{place}/" if place else ""
    changed, gone = hidden_changes(reader, _hidden(place, keeping))
    diff, whole = None, frozenset(prefix + path for path in changed)
    if dirty:
        diff, filtered, deleted = _diff(reader, place, keeping)
        whole, gone = whole | filtered, [*gone, *deleted]
    files, untracked = _untracked(place, whole, keeping) if dirty or whole else (None, ())
    submodules = {}
    for path, inner_commit in keeping.tree.repositories.items():
        if path and inner_commit and _parent(path, keeping.tree.repositories) == place:
            inner = reader.below(keeping.tree.top / path)
            found = _repository(inner, path, inner_commit, keeping, dirty=dirty)
            if found != Capture():
                submodules[path] = found
    absent = _absent(gone, place, keeping)
    return Capture(diff=diff, files=files, bundle=bundle, untracked=untracked, absent=absent, submodules=submodules)


def _hidden(place: str, keeping: _Keeping) -> dict[str, str]:
    """What git does not look for in one repository, by paths in there."""
    start = len(place) + 1 if place else 0
    hidden, repositories = keeping.tree.hidden, keeping.tree.repositories
    return {path[start:]: blob for path, blob in hidden.items() if _parent(path, repositories) == place}


def _absent(gone: Iterable[str], place: str, keeping: _Keeping) -> tuple[str, ...]:
    prefix = f"{place}/" if place else ""
    present = (file.path.removeprefix(prefix) for file in keeping.tree.files if file.path.startswith(prefix))
    found = folded(gone, present)
    if len(found) > keeping.files:
        keeping.drop(place or ".", "count")
        return ()
    return found


def _parent(path: str, repositories: Iterable[str]) -> str:
    """The innermost other repository that a path lies in."""
    around = (other for other in repositories if other != path and (not other or path.startswith(f"{other}/")))
    return max(around, key=len, default="")


def _bundle(reader: GitReader, place: str, commit: str, keeping: _Keeping) -> str | None:
    urls = [value for key, value in read_config(reader).items() if key.startswith("remote.")]
    keeping.finder = keeping.finder.knowing(split_credentials(url)[1].password for url in urls)
    if urls and not reader.ask("rev-list", "-n", "1", commit, "--not", "--remotes", check=True).stdout.strip():
        return None
    from mlproj.source.bundles import bundle_commits

    target = keeping.place(place, "commits.bundle")
    reason = bundle_commits(
        reader,
        commit,
        target,
        has_remote=bool(urls),
        cache_dir=keeping.settings.cache_dir,
        finder=keeping.finder,
        limit=keeping.size,
    )
    if reason is not None:
        keeping.drop(f"{place or '.'}{COMMITS}", reason)
    if not target.exists():
        return None
    keeping.size -= target.stat().st_size
    return keeping.named(target)


def _diff(reader: GitReader, place: str, keeping: _Keeping) -> tuple[str | None, frozenset[str], tuple[str, ...]]:
    """The diff of one repository; the files that it cannot hold, by their paths from the top; those that are gone."""
    target = keeping.place(place, "changes.diff")
    prefix = f"{place}/" if place else ""
    changes = write_changes(
        reader,
        target,
        wanted=lambda path: not keeping.left_out(prefix + path),
        finder=keeping.finder,
        limit=keeping.size,
    )
    for path, reason in changes.dropped:
        keeping.drop(prefix + path, reason)
    whole = frozenset(prefix + path for path in changes.whole)
    if not target.exists():
        return None, whole, changes.gone
    keeping.size -= target.stat().st_size
    return keeping.named(target), whole, changes.gone


def _untracked(place: str, whole: frozenset[str], keeping: _Keeping) -> tuple[str | None, tuple[FileFact, ...]]:
    """The archive of one repository's untracked files (and others), and what is in it by paths in there."""
    repositories = keeping.tree.repositories
    mine = [
        file
        for file in keeping.tree.files
        if (file.path in keeping.tree.untracked or file.path in whole) and _parent(file.path, repositories) == place
    ]
    chosen = list(_chosen(mine, keeping))
    if not chosen:
        return None, ()
    start = len(place) + 1 if place else 0
    inside = tuple(sorted((replace(file, path=file.path[start:]) for file in chosen), key=lambda file: file.path))
    target = keeping.place(place, "files.tar.gz")
    keep(inside, keeping.tree.top / place, target, cache_dir=keeping.settings.cache_dir)
    return keeping.named(target), inside


def _snapshot(keeping: _Keeping) -> Capture:
    """All files of a directory that is in no repository."""
    for file in keeping.tree.unreadable:
        keeping.drop(file.path, file.reason)
    if keeping.tree.too_many:
        keeping.drop(".", "count")
        return Capture()
    chosen = tuple(sorted(_chosen(keeping.tree.files, keeping), key=lambda file: file.path))
    target = keeping.place("", "snapshot.tar.gz")
    keep(chosen, keeping.tree.top, target, cache_dir=keeping.settings.cache_dir)
    return Capture(snapshot=keeping.named(target))


def _chosen(files: Iterable[FileFact], keeping: _Keeping) -> Iterator[FileFact]:
    """Small files first, so that one large one does not push out the rest."""
    return (file for file in sorted(files, key=lambda file: file.size) if _may_keep(file, keeping))


def _may_keep(file: FileFact, keeping: _Keeping) -> bool:
    if reason := _reason_against(file, keeping):
        keeping.drop(file.path, reason, None if reason == "secret" else file.sha256)
        return False
    keeping.size -= file.size
    keeping.files -= 1
    return True


def _reason_against(file: FileFact, keeping: _Keeping) -> str | None:
    if has_secret_name(file.path):
        return "secret"
    if file.size > keeping.size:
        return "size"
    if keeping.files <= 0:
        return "count"
    if file.mode == "link":
        return None
    try:
        return "secret" if keeping.finder.is_in((keeping.tree.top / file.path).read_bytes()) else None
    except OSError:
        return "unreadable"
