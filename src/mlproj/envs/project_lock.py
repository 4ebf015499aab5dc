"""Writing a project's own MLproject.lock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs import lockfile
from mlproj.envs.as_of import as_date
from mlproj.envs.locking import interpreter_for, resolve
from mlproj.envs.platforms import known_platform, this_platform
from mlproj.envs.python.installer import Task
from mlproj.envs.python.versions import check_request, is_exact, matches, minor
from mlproj.envs.values import EnvSpec, Lock, Progress
from mlproj.errors import EnvironmentSpecError, LockTooNewError, UsageError
from mlproj.project.model import EnvKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLocks:
    """The file, and the locks in it that were resolved now."""

    file: Path
    locks: tuple[Lock, ...]


def lock_project(
    spec: EnvSpec,
    *,
    platforms: Sequence[str] = (),
    python: str | None = None,
    as_of: str | None = None,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress | None = None,
) -> WrittenLocks:
    """Resolve anew for each platform and write MLproject.lock whole, or not at all.

    Without `platforms`: for this machine, and for those that the file has already.
    """
    if spec.manager == "local":
        raise EnvironmentSpecError(
            "the project declares no environment, so there is nothing to lock",
            where=str(spec.root),
            hint="write a python_env.yaml or a requirements.txt",
        )
    file = spec.root / lockfile.NAME
    old = _old_locks(file, on_note or on_progress)
    if spec.image is not None:
        from mlproj.envs.images.environments import resolve_image

        image = resolve_image(spec, spec.image, update=True, settings=settings, on_progress=on_progress)
        image = replace(image, origin="project")
        _write(file, lockfile.merge(old, [image]))
        return WrittenLocks(file=file, locks=(image,))
    new = (_lock_conda if spec.manager == "conda" else _lock_python)(
        spec,
        platforms=_platforms(platforms, old),
        python=python,
        moment=as_date(as_of, root=spec.root, environ=settings.environ) if as_of else None,
        settings=settings,
        on_progress=on_progress,
        on_note=on_note or on_progress,
    )
    old = tuple(lock for lock in old if lock.kind is not EnvKind.CONDA or not _replaced(lock, new))
    _write(file, lockfile.merge(old, new))
    return WrittenLocks(file=file, locks=tuple(new))


def _replaced(old: Lock, new: Sequence[Lock]) -> bool:
    """The solver chooses the Python, so a new lock takes the place of one for another Python too."""
    return any((old.kind, old.platform) == (lock.kind, lock.platform) for lock in new)


def _lock_conda(
    spec: EnvSpec,
    *,
    platforms: Sequence[str],
    python: str | None,
    moment: str | None,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
) -> list[Lock]:
    from mlproj.envs.conda.engine import make_task
    from mlproj.envs.conda.locking import resolve_conda

    if python is not None:
        raise UsageError("--python: the conda.yaml says which Python", where=str(spec.file))
    new = []
    for name in platforms:
        on_progress(f"locking for {name}")
        task = make_task(spec, settings=settings, on_progress=on_progress, on_note=on_note, platform=name)
        new.append(replace(resolve_conda(task, as_of=moment), origin="project"))
    return new


def _lock_python(
    spec: EnvSpec,
    *,
    platforms: Sequence[str],
    python: str | None,
    moment: str | None,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
) -> list[Lock]:
    asked = _minor(spec, python)
    interpreter = interpreter_for(spec, None, settings=settings, on_note=on_note)
    task = Task(
        spec=spec,
        settings=settings,
        interpreter=interpreter,
        on_progress=on_progress,
        on_note=on_note,
        python=asked,
    )
    new = []
    for name in platforms:
        on_progress(f"locking for {name}")
        here = name == this_platform()
        new.append(replace(resolve(replace(task, platform=None if here else name), as_of=moment), origin="project"))
    return new


def _old_locks(file: Path, on_note: Progress) -> tuple[Lock, ...]:
    """What the file holds. One that is damaged is replaced; one from a newer mlproj is not ours to lose."""
    try:
        return lockfile.read_locks(file, origin="project")
    except LockTooNewError:
        raise
    except EnvironmentSpecError as error:
        if not file.is_file():
            raise
        on_note(f"{file.name} {error.message}: it is written anew, and its locks for other platforms are lost")
        return ()


def _platforms(given: Sequence[str], old: Sequence[Lock]) -> list[str]:
    if given:
        return list(dict.fromkeys(known_platform(name) for name in given))
    return list(dict.fromkeys([this_platform(), *(lock.platform for lock in old)]))


def _minor(spec: EnvSpec, python: str | None) -> str | None:
    """The minor version that was asked for, if the specification allows it."""
    if python is None:
        return None
    request = check_request(python, where="--python") or python
    if not request[0].isdigit() or "*" in request:
        raise UsageError(f"--python: not a version: {python!r}", hint="write 3.12")
    if spec.python is not None and not matches(request if is_exact(request) else f"{minor(request)}.99", spec.python):
        raise UsageError(f"--python {python}: the project asks for Python {spec.python}", where=str(spec.file))
    return minor(request)


def _write(file: Path, locks: Sequence[Lock]) -> None:
    from mlproj.errors import DirectoryError

    try:
        lockfile.write_locks(file, locks)
    except OSError as error:
        raise DirectoryError(f"cannot be written: {error.strerror}", where=str(file)) from error
