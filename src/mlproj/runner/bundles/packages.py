"""The files of a run's packages: put beside its record, and built from there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.package_files import CONDA, WHEELS, fetch_files, from_files
from mlproj.envs.specs import spec_for
from mlproj.envs.values import EnvSpec, Lock, Progress
from mlproj.errors import EnvironmentFailedError, ForeignPlatformError, MlprojError, UsageError
from mlproj.project.loading import load
from mlproj.project.model import EnvKind
from mlproj.record.values import RunRecord
from mlproj.runner.files import FOLDER
from mlproj.runner.past.requests import recorded_lock
from mlproj.runner.past.runs import PastRun

_NAMED = 5


def fetched_packages(
    past: PastRun, root: Path | None, scratch: Path, *, settings: Settings, on_note: Callable[[str], None]
) -> Iterator[tuple[str, Path]]:
    """The files of a bundle (path in it, file on this machine) for the packages of a run's lock.

    `root` is the project, rebuilt: its files say where packages come from. Raises UsageError where the environment is
    not made of such files, and EnvironmentFailedError.
    """
    environment = past.record.environment
    if environment is not None and environment.image is not None:
        image = environment.image
        name = image.digest or image.id or image.name
        on_note(f"the image is not in the bundle: it is named by its digest ({name}); docker save keeps it as a file")
        return
    spec = _spec(past.record, root or scratch, settings, rebuilt=root is not None)
    lock = None if environment is None or environment.lock is None else recorded_lock(past, spec)[1]
    if environment is None or lock is None:
        raise UsageError(
            "--with-packages puts in the files of a locked environment's packages, and the run has no lock of such",
            where=f"run {past.run_id[:8]}",
            hint="leave it out",
        )
    if lock.platform != this_platform():
        raise UsageError(
            f"its packages are for {lock.platform}, and this machine is {this_platform()}",
            where=f"run {past.run_id[:8]}",
            hint="export it there, or leave --with-packages out",
        )
    target = scratch / "packages"
    target.mkdir()
    fetch_files(spec, lock, target, settings=settings, on_progress=on_note, on_note=on_note)
    for_python = f" and Python {lock.python}" if lock.python else ""
    on_note(f"the bundle's packages are for {lock.platform}{for_python}; elsewhere they come from an index")
    for file in sorted(path for path in target.rglob("*") if path.is_file()):
        yield f"{FOLDER}/{file.relative_to(target).as_posix()}", file


def _spec(record: RunRecord, root: Path, settings: Settings, *, rebuilt: bool) -> EnvSpec:
    """What the project asks for; where its code is gone, what the record says by itself."""
    environment = record.environment
    kind = EnvKind.LOCAL if environment is None else EnvKind(environment.kind)
    manager = "local" if environment is None else environment.manager
    try:
        if rebuilt:
            project = load(root).project
            return spec_for(project, env_manager=manager, settings=settings, in_place=False, check_locks=False)
    except MlprojError:
        pass  # the lock is what counts
    return EnvSpec(kind=kind, manager=manager, root=root, in_place=False)


def build_from_packages(
    past: PastRun, spec: EnvSpec, lock: Lock | None, *, settings: Settings, on_progress: Progress, on_note: Progress
) -> None:
    """Build the environment while the packages that came with a past run are at hand; its key is that of any other.

    Raises EnvironmentFailedError; it names what the bundle lacks if that was made on another platform.
    """
    from mlproj.envs.building import ensure

    if lock is None or spec.image is not None or not any((past.files / name).is_dir() for name in (WHEELS, CONDA)):
        return
    nearer, near = from_files(spec, lock, past.files)
    alone = replace(settings, environ={**settings.environ, "UV_NO_CONFIG": "1"})  # it may name what is gone
    try:
        try:
            ensure(nearer, near, settings=alone, on_progress=on_progress, on_note=on_note)
        except EnvironmentFailedError:
            ensure(nearer, near, settings=settings, on_progress=on_progress, on_note=on_note)
    except EnvironmentFailedError as error:
        if lock.platform == this_platform():
            raise
        raise ForeignPlatformError(
            f"the bundle's packages are for {lock.platform}, and this machine is {this_platform()}:"
            f" missing {_missing(past.files, lock)}",
            where=error.where,
            hint="let an index or a channel be reached, or run it there",
            detail=error.detail,
            log=error.log,
        ) from error


def _missing(files: Path, lock: Lock) -> str:
    """The packages whose files are for the other platform only."""
    from mlproj.envs.python.wheel_tags import best_file

    names = [file.name for file in sorted((files / CONDA).glob("[!n]*/*"))]  # all but noarch
    names += [
        file.name
        for file in sorted((files / WHEELS).glob("*.whl"))
        if best_file([{"name": file.name}], python=lock.python, platform=this_platform()) is None
    ]
    shown = ", ".join(names[:_NAMED]) or "what a source distribution needs to be built"
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
