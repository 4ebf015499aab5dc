"""A past run's inputs where the new run looks for them, with the content that they had."""

import os
import shutil
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import NotRecordedError, UsageError
from mlproj.project.declarations import is_glob, is_url
from mlproj.record.values import FileFact, InputRecord, RunRecord
from mlproj.runner.past.runs import PastRun
from mlproj.runner.values import Prepared, caller_directory
from mlproj.system.files import make_directory

INPUTS = "inputs"
LINKED_FROM = 1 << 30
"""From this size on an input is linked to where it is instead of copied."""


def restore_inputs(
    past: PastRun, root: Path, settings: Settings, *, given: Container[str] = (), beside: Path
) -> dict[str, Path]:
    """Bring the inputs that the code does not bring; those of path parameters that are `given` anew are left out.

    What was outside the project and is there no more comes from a copy `beside` the checkout, if a path parameter says
    to the command where it is: parameter -> place. Raises NotRecordedError for an input that is nowhere as it was.
    """
    moved: dict[str, Path] = {}
    for record in past.record.inputs.values():
        parameter = _named_by(record)
        if parameter in past.record.parameters and parameter in given:
            continue
        path = None if parameter is None else _path_of(parameter, past.record)
        if not record.files:
            _restore_many(record, past.record, root, path)
        elif path is not None and path.is_absolute() and not all(_holds(Path(it.path), it) for it in record.files):
            moved[str(parameter)] = _restore_beside(record, past, path, beside, settings)
        else:
            for file in record.files:
                if not is_url(file.path):
                    _restore(file, past, root, settings)
    return moved


def _named_by(record: InputRecord) -> str | None:
    """The parameter whose whole value an input is."""
    if record.parameter is not None:
        return record.parameter
    text = record.declared
    return text[1:-1] if text.startswith("{") and text.endswith("}") and "{" not in text[1:] else None


def _path_of(parameter: str, record: RunRecord) -> Path | None:
    found = record.parameters.get(parameter)
    return None if found is None or found.path is None else Path(found.path)


def _restore_beside(record: InputRecord, past: PastRun, path: Path, beside: Path, settings: Settings) -> Path:
    """Copies of files that were below `path`; where that is now."""
    for file in record.files:
        found = find_input(file, past, settings)
        if found is None:
            raise _gone(file, Path(file.path), past, parameter=_named_by(record))
        place = beside / file.path.lstrip("/")
        make_directory(place.parent)
        _bring(found, place, file.size)
    return beside / str(path).lstrip("/")


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
        raise _gone(file, place, past)
    if Path(file.path).is_absolute():
        raise NotRecordedError(
            f"the input {file.path} is not what it was",
            where=f"run {past.run_id[:8]}",
            hint=f"put {found} there",
        )
    make_directory(place.parent)
    _bring(found, place, file.size)


def _bring(found: Path, place: Path, size: int) -> None:
    if size >= LINKED_FROM:
        place.symlink_to(found)
    else:
        shutil.copy(found, place)


def _gone(file: FileFact, place: Path, past: PastRun, *, parameter: str | None = None) -> NotRecordedError:
    advice = f"its sha256 was {file.sha256}"
    if parameter is not None:
        advice += f"; put it there, or give its new place: -P {parameter}=PATH"
    elif not Path(file.path).is_absolute():
        advice += f"; it is taken from ./{file.path} too"
    return NotRecordedError(
        f"the input {file.path} is not what it was" if place.exists() else f"the input {file.path} is not there",
        where=f"run {past.run_id[:8]}",
        hint=advice,
    )


def _restore_many(record: InputRecord, run: RunRecord, root: Path, path: Path | None) -> None:
    """Of a great many files at most one hash is recorded: what has them is linked, and hashed as it was before."""
    original = original_root(run)
    text = record.declared if path is None else str(path)
    if is_url(text) or (path is None and is_glob(text)):
        return
    place = root / text
    if path is not None and path.is_absolute() and not place.exists():
        raise NotRecordedError(
            f"the input {text} is not there", hint=f"put it there, or give its new place: -P {_named_by(record)}=PATH"
        )
    if original is not None and not place.exists() and (found := original / text).exists():
        make_directory(place.parent)
        place.symlink_to(found, target_is_directory=found.is_dir())


def _copies(file: FileFact, past: PastRun, settings: Settings) -> Iterator[Path]:
    for files in filter(None, (past.files, past.beside)):
        yield files / INPUTS / file.path.lstrip("/")
    original = original_root(past.record)
    if original is not None:
        yield original / file.path
    yield settings.home / "objects" / file.sha256[:2] / file.sha256
    if not Path(file.path).is_absolute():
        with suppress(UsageError):
            yield caller_directory() / file.path


def _holds(path: Path, file: FileFact) -> bool:
    from mlproj.system.hashing import hash_file

    try:
        return path.stat().st_size == file.size and hash_file(path).sha256 == file.sha256
    except OSError:
        return False


def restored_files(prepared: Prepared) -> list[Path]:
    """The inputs in the project's directory that the code does not bring."""
    facts, root = prepared.facts, prepared.project.root
    if facts is None:
        return []
    code = {str(facts.tree.top / file.path) for file in facts.tree.files}
    names = [file.path for record in facts.inputs.values() for file in record.files]
    names += [facts.paths.get(str(_named_by(one)), one.declared) for one in facts.inputs.values() if not one.files]
    return [root / name for name in names if not is_url(name) and str(root / name) not in code]
