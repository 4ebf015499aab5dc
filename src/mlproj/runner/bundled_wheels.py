"""The files of a run's packages: put beside its record, and built from there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.values import EnvSpec, Lock, Progress
from mlproj.envs.versions import minor
from mlproj.errors import UsageError
from mlproj.project.model import EnvKind
from mlproj.record.values import RunRecord
from mlproj.runner.files import FOLDER
from mlproj.runner.past_runs import PastRun

WHEELS = "wheels"


def fetched_wheels(
    record: RunRecord, scratch: Path, *, settings: Settings, on_note: Callable[[str], None]
) -> Iterator[tuple[str, Path]]:
    """The files of a bundle (path in it, file on this machine) for the packages of a run's lock.

    Raises UsageError where the environment is not made of such files, and BuildError.
    """
    from mlproj.envs.installer import Task
    from mlproj.envs.locking import interpreter_for
    from mlproj.envs.pip import download

    environment = record.environment
    if environment is None or environment.lock is None or environment.lock_format != "requirements":
        raise UsageError(
            "--with-packages puts in the files of a virtualenv's packages, and the run has no lock of such",
            where=f"run {record.run_id[:8]}",
            hint="leave it out",
        )
    spec = EnvSpec(kind=EnvKind(environment.kind), manager=environment.manager, root=scratch)
    python = None if environment.python is None else minor(environment.python)
    interpreter = interpreter_for(spec, python, settings=settings, on_note=on_note)
    target = scratch / WHEELS
    target.mkdir()
    task = Task(spec=spec, settings=settings, interpreter=interpreter, on_progress=on_note, on_note=on_note)
    download(task, environment.lock, target)
    for file in sorted(target.iterdir()):
        yield f"{FOLDER}/{WHEELS}/{file.name}", file


def build_from_wheels(
    past: PastRun, spec: EnvSpec, lock: Lock | None, *, settings: Settings, on_progress: Progress, on_note: Progress
) -> None:
    """Build the environment while the wheels that came with a past run are at hand; its key is that of any other.

    Raises BuildError.
    """
    wheels = past.files / WHEELS
    if lock is None or spec.manager != "virtualenv" or not wheels.is_dir():
        return
    from mlproj.envs.building import ensure

    nearer = replace(spec, options=(*spec.options, f"--find-links={wheels}"))
    ensure(nearer, lock, settings=settings, on_progress=on_progress, on_note=on_note)
