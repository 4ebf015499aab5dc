"""What was kept of code that no remote has, put over the commit that it was a change of."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import CodeNotRecordedError, NotRecordedError, ProgramFailedError, SourceError
from mlproj.record.values import Capture, NotRecorded, Source
from mlproj.source.capture.absent import remove_absent
from mlproj.source.capture.keeping import COMMITS
from mlproj.source.capture.packing import unpack
from mlproj.source.credentials import Credentials
from mlproj.source.git.access import git_access
from mlproj.source.tree import read_tree
from mlproj.system.files import link_or_copy, make_directory

HINT = "beside run.json is to lie what the run has in mlproj/; `mlproj export RUN -o FILE.zip` puts it into one file"
_ADVICE = {
    "secret": "what .gitignore names is no part of the code: put it there, and run again",
    "asked": "the run was made with --no-capture",
}


def apply_all(captured: Capture, files: Path, top: Path, settings: Settings, *, where: str) -> None:
    remove_absent(captured.absent, top, where=where)
    _apply_one(captured, files, top, settings, where=where)
    for path, inner in captured.submodules.items():
        apply_all(inner, files, top / path, settings, where=f"{where}: submodule {path}")


def supply(source: Source, dropped: tuple[NotRecorded, ...], tree: Path, settings: Settings) -> None:
    """Bring files that were too large to be kept from where they still are, if they are what they were.

    Raises NotRecordedError for a file that may be a secret, CodeNotRecordedError for all others.
    """
    for file in dropped:
        if file.path.endswith(COMMITS):
            continue  # they were found elsewhere
        place = tree / file.path
        found = next(_copies(source, file, settings), None)
        if found is None:
            kind = NotRecordedError if file.reason == "secret" else CodeNotRecordedError
            name = "what differed from the commit" if file.path == "." else file.path
            raise kind(f"{name} is not recorded ({file.reason})", where=source.uri, hint=_ADVICE.get(file.reason))
        make_directory(place.parent)
        place.unlink(missing_ok=True)
        shutil.copy(found, place)


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


def original_top(source: Source) -> Path | None:
    """The directory that a local source was in, if it is still there."""
    if source.kind != "local":
        return None
    inside = f"#{source.subdirectory}"
    path = Path(source.uri.removesuffix(inside))
    if source.commit is not None:
        path = next((parent for parent in (path, *path.parents) if (parent / ".git").exists()), path)
    return path if path.is_dir() else None


def keep_recorded(captured: Capture, files: Path, target: Path) -> None:
    names = [captured.diff, captured.files, captured.bundle, captured.snapshot]
    for name in filter(None, names):
        make_directory((target / name).parent)
        link_or_copy(files / name, target / name)
    for inner in captured.submodules.values():
        keep_recorded(inner, files, target)


def without_lost(captured: Capture, files: Path) -> Capture:
    """What is kept, less the commits that a record has lost but a repository still had."""
    bundle = captured.bundle if captured.bundle is not None and (files / captured.bundle).is_file() else None
    inner = {path: without_lost(one, files) for path, one in captured.submodules.items()}
    return replace(captured, bundle=bundle, submodules=inner)


def require(file: Path, where: str) -> Path:
    if not file.is_file():
        raise SourceError(f"the record has lost its {file.name}", where=where, hint=HINT)
    return file


def _apply_one(captured: Capture, files: Path, directory: Path, settings: Settings, *, where: str) -> None:
    """Apply the recorded changes and untracked files of a repository and of its submodules."""
    for name in filter(None, (captured.diff, captured.files)):
        require(files / name, where)
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
