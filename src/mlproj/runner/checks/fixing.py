"""`mlproj check --fix`: what can be put right without a decision; a line is added, nothing else of a file changes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlproj.config import Settings
from mlproj.errors import UserError
from mlproj.project.model import Project
from mlproj.runner.checks.findings import Check, Finding
from mlproj.runner.checks.yaml_edits import line_of, quoted, with_item, with_key
from mlproj.runner.values import Reporter
from mlproj.system.files import write_atomically
from mlproj.system.hashing import hash_file

Place = Sequence[str | int]


def fix(finding: Finding, project: Project, *, settings: Settings, reporter: Reporter) -> str | None:
    """Apply the fix of a finding; says what was written, None where it takes a decision.

    Raises UserError, with the place and the text to paste, where the file is not written in a way that can be changed.
    """
    if finding.check is Check.LOCK:
        return _lock(project, settings, reporter)
    if finding.check is Check.PYTHON and finding.subject is not None:
        return _pin_python(Path(finding.subject))
    if project.file is None or finding.entry_point is None:
        return None
    place = ("entry_points", finding.entry_point)
    if finding.check is Check.SEED:
        value = finding.subject
        return _add(project.file, place, "seed", quoted(value) if value else "0", value or 0)
    if finding.check is Check.INPUT_HASH and finding.subject is not None:
        return _hash_input(project, project.file, (*place, "inputs"), finding.subject)
    return None


def _hash_input(project: Project, file: Path, place: Place, path: str) -> str:
    try:
        sha256 = hash_file(project.root / path).sha256
    except OSError as error:
        raise UserError(f"cannot be hashed: {error.strerror}", where=str(project.root / path)) from error
    items = _data(_read(file), file, place)
    for number, item in enumerate(items):
        if isinstance(item, dict) and item.get("path") == path and "sha256" not in item:
            return _add(file, (*place, number), "sha256", quoted(sha256), sha256)
    told = f"{{path: {quoted(path)}, sha256: {quoted(sha256)}}}"

    def mean(data: Any) -> None:
        listed = _at(data, place)
        listed[:] = [{"path": path, "sha256": sha256} if item == path else item for item in listed]

    _change(file, lambda text: with_item(text, place, path, told), mean, place=place, paste=told)
    return f"{file.name}: the sha256 of {path}"


def _pin_python(file: Path) -> str | None:
    import platform

    if file.suffix not in {".yaml", ".yml"}:
        return None
    version = ".".join(platform.python_version_tuple()[:2])
    data = _data(_read(file), file, ())
    if isinstance(data, dict) and ("channels" in data or "name" in data):
        line = line_of(_read(file), ("dependencies",))
        raise UserError("names no Python version", where=f"{file}:{line}", hint=f"put there: - python={version}")
    return _add(file, (), "python", f"'{version}'", version)


def _lock(project: Project, settings: Settings, reporter: Reporter) -> str:
    from mlproj.envs.project_lock import lock_project
    from mlproj.envs.specs import spec_for
    from mlproj.project.loading import load

    project = load(project.root).project  # as other fixes have left it
    spec = spec_for(project, env_manager=None, settings=settings, check_locks=False)
    written = lock_project(
        spec,
        platforms=(),
        python=None,
        as_of=None,
        settings=settings,
        on_progress=reporter.progress,
        on_note=reporter.note,
    )
    return f"{written.file.name}: a lock for {', '.join(lock.platform for lock in written.locks)}"


def _add(file: Path, place: Place, key: str, value: str, meaning: object) -> str:
    def mean(data: Any) -> None:
        _at(data, place)[key] = meaning

    paste = f"{key}: {value}"
    _change(file, lambda text: with_key(text, place, key, value), mean, place=place, paste=paste)
    return f"{file.name}: {paste}" + (f" in {place[1]}" if len(place) > 1 else "")


def _change(
    file: Path, change: Callable[[str], str | None], mean: Callable[[Any], None], *, place: Place, paste: str
) -> None:
    """Write a file anew if it then means what it meant, with the change that `mean` makes, and nothing else."""
    import yaml

    before = _read(file)
    after = change(before)
    wanted = _data(before, file, ())
    wanted = {} if wanted is None else wanted
    try:
        mean(wanted)
        agrees = after is not None and yaml.safe_load(after) == wanted
    except (yaml.YAMLError, LookupError, TypeError, ValueError):
        agrees = False
    if after is None or not agrees:
        where = f"{file}:{line_of(before, place)}"
        raise UserError("is not written so that it can be changed by itself", where=where, hint=f"put there: {paste}")
    mode = file.stat().st_mode & 0o777
    write_atomically(file, after.encode(), mode=mode)


def _read(file: Path) -> str:
    """The text with its line ends as they are."""
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("cannot be changed: it is not written in UTF-8", where=str(file)) from error


def _data(text: str, file: Path, place: Place) -> Any:
    import yaml

    try:
        return _at(yaml.safe_load(text), place)
    except (yaml.YAMLError, LookupError, TypeError, ValueError) as error:
        raise UserError("cannot be changed as it is written", where=str(file)) from error


def _at(data: Any, place: Place) -> Any:
    for part in place:
        data = data[part]
    return data
