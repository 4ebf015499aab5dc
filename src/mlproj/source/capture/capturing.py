"""What is kept of code that no remote has: changes, untracked files, commits, or a whole directory without git."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import ProgramFailedError, ProgramMissingError
from mlproj.record.values import Capture, NotRecorded, Source
from mlproj.source.capture.keeping import FOLDER, CaptureLimits, Keeping
from mlproj.source.capture.kept import keep
from mlproj.source.capture.leaving_out import leaving_out
from mlproj.source.capture.repositories import capture_bundle, capture_repository
from mlproj.source.capture.secret_files import SecretFinder
from mlproj.source.checkout import Checkout
from mlproj.source.git.reading import reading
from mlproj.source.tree import Tree, is_repository, read_tree, tree_hash
from mlproj.system.files import link_or_copy, make_directory

__all__ = ["FOLDER", "CaptureLimits", "capture", "described", "tree_hash"]

RECORDED = "recorded"
"""Beside the tree of a rebuilt checkout: what was captured of it, for the record of the run that is made of it."""
MOST_NAMED = 1_000


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
    keeping = Keeping(
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


def _capture(checkout: Checkout, keeping: Keeping) -> Capture:
    source, top = checkout.source, checkout.top
    if checkout.owned:
        return _again(source.capture, top, keeping) if source.capture else _capture_version(source, keeping)
    if source.commit is None or not is_repository(top):
        return _snapshot(keeping)
    try:
        with reading(top, top, keeping.settings.environ) as reader:
            return capture_repository(reader, "", source.commit, keeping, dirty=source.dirty is not False)
    except (ProgramMissingError, ProgramFailedError, PermissionError):
        return _snapshot(keeping)


def _again(captured: Capture, top: Path, keeping: Keeping) -> Capture:
    """What was captured of a checkout that was rebuilt, for the next record."""
    for path in sorted((top.parent / RECORDED).rglob("*")):
        if path.is_file():
            target = keeping.into / path.relative_to(top.parent / RECORDED)
            make_directory(target.parent)
            link_or_copy(path, target)
    return captured


def _capture_version(source: Source, keeping: Keeping) -> Capture:
    """Of a checkout of the run's own: the commits of a repository on this machine that its remote lacks."""
    repository = Path(source.uri.removeprefix("file://").partition("#")[0])
    if source.kind != "git" or source.commit is None or not repository.is_absolute() or not repository.is_dir():
        return Capture()
    try:
        with reading(repository, repository, keeping.settings.environ) as reader:
            return Capture(bundle=capture_bundle(reader, "", source.commit, keeping))
    except (ProgramMissingError, ProgramFailedError, OSError):
        return Capture()


def _snapshot(keeping: Keeping) -> Capture:
    """All files of a directory that is in no repository."""
    for file in keeping.tree.unreadable:
        keeping.drop(file.path, file.reason)
    if keeping.tree.too_many:
        keeping.drop(".", "count")
        return Capture()
    chosen = tuple(sorted(keeping.chosen(keeping.tree.files), key=lambda file: file.path))
    target = keeping.place("", "snapshot.tar.gz")
    keep(chosen, keeping.tree.top, target, cache_dir=keeping.settings.cache_dir)
    return Capture(snapshot=keeping.named(target))
