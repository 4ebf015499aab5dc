"""Locks that a project brings along: MLproject.lock, uv.lock, pylock.toml; each only while it is fresh."""

import re

from mlproj.envs import lockfile
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.installer import Task
from mlproj.envs.python.versions import minor
from mlproj.envs.texts import read_text
from mlproj.envs.values import EnvSpec, Lock
from mlproj.errors import EnvironmentSpecError, ProgramFailedError
from mlproj.project.model import EnvKind

_CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_UV_VERSION = re.compile(r"^version\s*=\s*\d+\s*$", re.MULTILINE)


def has_lock(spec: EnvSpec) -> bool:
    """Whether the project brings a lock, be it fresh or not."""
    return spec.lock_file is not None or (spec.root / lockfile.NAME).exists()


def check_locks(spec: EnvSpec) -> None:
    """See that the project's locks can be read. Raises EnvironmentSpecError.

    Of a uv.lock only what a merge or a mistake leaves is looked for: to parse it would take as long as a whole run.
    """
    lockfile.read_locks(spec.root / lockfile.NAME, origin="project")
    if spec.lock_file is None or spec.lock_file.name != "uv.lock":
        return
    text = read_text(spec.lock_file)
    if conflict := _CONFLICT.search(text):
        line = text[: conflict.start()].count("\n") + 1
        raise EnvironmentSpecError(
            "holds a merge conflict", where=f"{spec.lock_file}:{line}", hint="resolve it, then run 'uv lock'"
        )
    if not _UV_VERSION.search(text):
        raise EnvironmentSpecError("is no lock of uv", where=str(spec.lock_file), hint="write it anew with 'uv lock'")


def locked_python(spec: EnvSpec, running: str) -> str | None:
    """The Python of the project's fresh lock for this platform; `running` if there is one for it too."""
    pythons = [
        entry.python
        for entry in lockfile.read_locks(spec.root / lockfile.NAME, origin="project")
        if (entry.kind, entry.platform, entry.spec_hash) == (EnvKind.PYTHON, this_platform(), spec.hash)
    ]
    return minor(running) if minor(running) in pythons else next(iter(pythons), None)


def fresh_lock(task: Task) -> Lock | None:
    """The project's lock for this specification, platform and Python, or None; a stale one is announced."""
    found = _from_mlproject_lock(task)
    if found is not None or task.spec.lock_file is None:
        return found
    if task.spec.lock_file.name == "uv.lock":
        return _from_uv_lock(task)
    return make_lock(task, read_text(task.spec.lock_file), origin="project", form="pylock")


def make_lock(task: Task, payload: str, *, origin: str, form: str = "requirements") -> Lock:
    """A lock of the task's specification, platform and Python."""
    return Lock(
        kind=EnvKind.PYTHON,
        platform=task.platform or this_platform(),
        python=task.python or minor(task.interpreter.version),
        format=form,
        payload=payload,
        spec_hash=task.spec.hash,
        hash=lockfile.payload_hash(payload),
        origin=origin,
    )


def _from_mlproject_lock(task: Task) -> Lock | None:
    file = task.spec.root / lockfile.NAME
    entries = lockfile.read_locks(file, origin="project")
    wanted = (EnvKind.PYTHON, task.platform or this_platform(), task.python or minor(task.interpreter.version))
    found = next((entry for entry in entries if (entry.kind, entry.platform, entry.python) == wanted), None)
    if found is not None and found.spec_hash == task.spec.hash:
        return found
    if entries:
        here = [entry for entry in entries if entry.platform == wanted[1]]
        stale = bool(here) and all(entry.spec_hash != task.spec.hash for entry in here)
        reason = (
            "is stale: its specification has changed" if stale else f"has no lock for {wanted[1]}, Python {wanted[2]}"
        )
        task.on_note(f"{file.name} {reason}; 'mlproj lock' writes it anew")
    return None


def _from_uv_lock(task: Task) -> Lock | None:
    from mlproj.envs.python.uv import export

    try:
        return make_lock(task, export(task), origin="project")
    except ProgramFailedError as error:
        if "needs to be updated" in error.stderr:
            task.on_note("uv.lock is stale: pyproject.toml has changed; 'uv lock' writes it anew")
            return None
        from mlproj.envs.failures import what_matters

        raise EnvironmentSpecError(
            "uv cannot read the lock", where=str(task.spec.lock_file), detail=what_matters(error), log=task.log
        ) from error
