"""A past run's inputs where the new run looks for them, with the content that they had."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import NotRecordedError
from mlproj.project.declarations import is_glob, is_url
from mlproj.record.values import FileFact, InputRecord, RunRecord
from mlproj.runner.past_runs import PastRun
from mlproj.runner.values import Prepared
from mlproj.system.files import make_directory

INPUTS = "inputs"
LINKED_FROM = 1 << 30
"""From this size on an input is linked to where it is instead of copied."""


def restore_inputs(past: PastRun, root: Path, settings: Settings) -> None:
    """Bring the inputs that the code does not bring. Raises NotRecordedError for one that is nowhere as it was."""
    for record in past.record.inputs.values():
        if record.files:
            for file in record.files:
                if not is_url(file.path):
                    _restore(file, past, root, settings)
        else:
            _restore_many(record, past.record, root)


def compare_inputs(prepared: Prepared, record: RunRecord) -> None:
    """Raise NotRecordedError for an input that is not what it was."""
    found = {} if prepared.facts is None else prepared.facts.inputs
    for declared, before in record.inputs.items():
        now = found.get(declared)
        if now is not None and before.sha256 not in {None, now.sha256} and not _is_moved(before, now):
            raise NotRecordedError(
                f"the input {declared} is not what it was",
                hint=f"recorded {str(before.sha256)[:12]}, found {str(now.sha256)[:12]}",
            )


def _is_moved(before: InputRecord, now: InputRecord) -> bool:
    """Whether the same files, named alike, lie in another directory: hashes over many files have their paths too."""
    return bool(before.files) and _below_common(before) == _below_common(now)


def _below_common(record: InputRecord) -> list[tuple[str, str, str]]:
    folders = [os.path.dirname(file.path) for file in record.files]  # noqa: PTH120 - URLs too
    common = os.path.commonpath(folders) if len({folder[:1] == "/" for folder in folders}) == 1 else ""
    return sorted((os.path.relpath(file.path, common or "."), file.mode, file.sha256) for file in record.files)


def find_input(file: FileFact, past: PastRun, settings: Settings) -> Path | None:
    """A file of this machine that holds what an input was."""
    return next((path for path in _copies(file, past, settings) if _holds(path, file)), None)


def original_root(record: RunRecord) -> Path | None:
    """The project's directory that a local run ran in, if it is still there."""
    source = record.source
    if source.kind != "local":
        return None
    place, _, subdirectory = source.uri.removeprefix("file://").partition("#")
    path = Path(place) / subdirectory
    return path if path.is_dir() else None


def _restore(file: FileFact, past: PastRun, root: Path, settings: Settings) -> None:
    place = root / file.path
    if _holds(place, file):
        return
    found = find_input(file, past, settings)
    if found is None:
        raise NotRecordedError(
            f"the input {file.path} is not what it was" if place.exists() else f"the input {file.path} is not there",
            where=f"run {past.run_id[:8]}",
            hint=f"its sha256 was {file.sha256}",
        )
    if Path(file.path).is_absolute():
        raise NotRecordedError(
            f"the input {file.path} is not what it was",
            where=f"run {past.run_id[:8]}",
            hint=f"put {found} there",
        )
    make_directory(place.parent)
    if file.size >= LINKED_FROM:
        place.symlink_to(found)
    else:
        shutil.copy(found, place)


def _restore_many(record: InputRecord, run: RunRecord, root: Path) -> None:
    """Of a great many files only one hash is recorded: their directory is linked, and hashed as it was before."""
    original = original_root(run)
    if original is None or is_url(record.declared) or is_glob(record.declared):
        return
    place, found = root / record.declared, original / record.declared
    if not place.exists() and found.is_dir():
        make_directory(place.parent)
        place.symlink_to(found, target_is_directory=True)


def _copies(file: FileFact, past: PastRun, settings: Settings) -> Iterator[Path]:
    yield past.files / INPUTS / file.path.lstrip("/")
    original = original_root(past.record)
    if original is not None:
        yield original / file.path
    yield settings.home / "objects" / file.sha256[:2] / file.sha256


def _holds(path: Path, file: FileFact) -> bool:
    from mlproj.system.hashing import hash_file

    try:
        return path.stat().st_size == file.size and hash_file(path).sha256 == file.sha256
    except OSError:
        return False
