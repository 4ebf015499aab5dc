"""`mlproj check --fix`: what can be put right without a decision; lines are changed, nothing else of a file is."""

import re
from collections.abc import Callable
from pathlib import Path

from mlproj.config import Settings
from mlproj.project.model import Project
from mlproj.runner.checking import Check, Finding
from mlproj.runner.values import Reporter
from mlproj.system.files import write_atomically
from mlproj.system.hashing import hash_file


def fix(finding: Finding, project: Project, *, settings: Settings, reporter: Reporter) -> str | None:
    """Apply the fix of a finding; says what was written, None where it has to be done by hand."""
    if finding.check is Check.LOCK:
        return _lock(project, settings, reporter)
    if finding.check is Check.PYTHON and finding.subject is not None:
        return _pin_python(Path(finding.subject))
    if project.file is None or finding.entry_point is None:
        return None
    if finding.check is Check.SEED:
        return _change(project.file, lambda text: with_seed(text, finding.entry_point or ""), "seed: 0")
    if finding.check is Check.INPUT_HASH and finding.subject is not None:
        return _hash_input(project, finding.subject)
    return None


def with_seed(text: str, entry_point: str) -> str:
    """The text of an MLproject file with a seed in an entry point that is written as a block; else as it is."""
    found = re.search(
        rf"^(?P<indent>[ ]+)(?P<quote>['\"]?){re.escape(entry_point)}(?P=quote):[ ]*(#.*)?\n(?P<inner>[ ]+)\S",
        text,
        re.MULTILINE,
    )
    if found is None or len(found["inner"]) <= len(found["indent"]):
        return text
    at = found.start("inner")
    return f"{text[:at]}{found['inner']}seed: 0\n{text[at:]}"


def with_input_hash(text: str, path: str, sha256: str) -> str:
    """The text with the hash of an input that is written as a list item, in a block or between brackets."""
    item = rf"(?P<quote>['\"]?){re.escape(path)}(?P=quote)"
    told = f'{{path: "{path}", sha256: {sha256}}}'
    changed = re.sub(
        rf"^(\s*-\s+){item}[ ]*(?=#|$)", lambda found: f"{found[1]}{told}", text, count=1, flags=re.MULTILINE
    )
    if changed != text:
        return changed
    return re.sub(
        rf"(^\s*inputs:[ ]*\[(?:[^\]\n]*,)?[ ]*){item}[ ]*(?=[,\]])",
        lambda found: f"{found[1]}{told}",
        text,
        count=1,
        flags=re.MULTILINE,
    )


def _hash_input(project: Project, path: str) -> str | None:
    try:
        sha256 = hash_file(project.root / path).sha256
    except OSError:
        return None
    assert project.file is not None  # noqa: S101 - the caller looked
    return _change(project.file, lambda text: with_input_hash(text, path, sha256), f"the sha256 of {path}")


def _pin_python(file: Path) -> str | None:
    import platform

    if file.suffix not in {".yaml", ".yml"}:
        return None
    version = ".".join(platform.python_version_tuple()[:2])
    return _change(file, lambda text: f"python: '{version}'\n{text}", f"python: '{version}'")


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


def _change(file: Path, change: Callable[[str], str], said: str) -> str | None:
    """Write a file anew if the change finds its place, and it still means the same to a YAML reader otherwise."""
    import yaml

    before = file.read_text(encoding="utf-8")
    after = change(before)
    if after == before:
        return None
    try:
        yaml.safe_load(after)
    except yaml.YAMLError:
        return None
    write_atomically(file, after, mode=file.stat().st_mode & 0o777)
    return f"{file.name}: {said}"
