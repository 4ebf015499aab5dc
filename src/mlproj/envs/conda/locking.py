"""From a conda.yaml to exact packages: the project's own lock, the remembered one, or a new one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs import lockfile
from mlproj.envs.conda.engine import CondaTask, engine_for, make_task
from mlproj.envs.conda.programs import asked_program
from mlproj.envs.conda.virtual import cuda_version, subdir
from mlproj.envs.directories import explained
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.versions import minor
from mlproj.envs.remembered import indexes_of, recall_by, remember_by
from mlproj.envs.values import EnvSpec, Lock, LockPolicy, Progress
from mlproj.errors import StaleLockError
from mlproj.project.model import EnvKind


def lock_conda(
    spec: EnvSpec,
    *,
    policy: LockPolicy,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
    log: Path | None = None,
) -> Lock:
    """As `locking.lock`, for conda."""
    from mlproj.envs.as_of import as_date

    task = make_task(spec, settings=settings, on_progress=on_progress, on_note=on_note, log=log)
    own = not policy.update and policy.as_of is None
    if own and (found := _fresh(task, on_note)) is not None:
        return found
    as_of = as_date(policy.as_of, root=spec.root, environ=settings.environ) if policy.as_of else None
    recalls = not policy.update and not (policy.locked and (spec.root / lockfile.NAME).exists())
    if recalls and (found := recall_by(_parts(task, as_of), settings=settings)) is not None:
        return found
    if policy.locked:
        raise StaleLockError(
            f"--locked: there is no fresh lock of conda packages for {task.platform}",
            where=str(spec.root / lockfile.NAME),
            hint="run 'mlproj lock' and commit the file",
        )
    new = resolve_conda(task, as_of=as_of)
    with explained(settings.cache_dir, log):
        remember_by(_parts(task, as_of), new, settings=settings)
    return new


def known_conda_lock(spec: EnvSpec, *, settings: Settings) -> Lock | None:
    """The lock that a run would take without resolving anything; None if there is none."""
    task = make_task(spec, settings=settings, on_progress=_ignore, on_note=_ignore)
    return _fresh(task, _ignore) or recall_by(_parts(task, None), settings=settings)


def resolve_conda(task: CondaTask, *, as_of: str | None = None) -> Lock:
    """Resolve anew, conda packages first and then the pip section against them; nothing is remembered."""
    from mlproj.envs.conda.payload import write_payload
    from mlproj.envs.conda.pip import python_version, resolve_pip
    from mlproj.envs.conda.virtual import virtual_packages, worth_locking

    task = _with_python(task)
    count = len(task.spec.packages)
    task.on_progress(f"resolving {count} conda package{'' if count == 1 else 's'}")
    records = engine_for(task.settings).solve(task, as_of=as_of) if count else []
    pip = resolve_pip(task, records, as_of=as_of)
    depends = [text for record in records for text in record.depends]
    payload = write_payload(
        subdir=subdir(task.platform),
        channels=[channel.url for channel in task.channels],
        virtual_packages=worth_locking(virtual_packages(task.platform, task.settings), depends),
        records=records,
        pip=pip,
    )
    return Lock(
        kind=EnvKind.CONDA,
        platform=task.platform,
        python=minor(python_version(records) or ""),
        format="pixi",
        payload=payload,
        spec_hash=task.spec.hash,
        hash=lockfile.payload_hash(payload),
        origin="resolved",
    )


def _with_python(task: CondaTask) -> CondaTask:
    """A pip section needs a Python; where nothing else brings one it is asked for."""
    spec = task.spec
    if not spec.requirements or any(text.split("=")[0].split(" ")[0] in {"python", "pip"} for text in spec.packages):
        return task
    return replace(task, spec=replace(spec, packages=(*spec.packages, "python")))


def _fresh(task: CondaTask, on_note: Callable[[str], None]) -> Lock | None:
    """The project's lock for this specification and platform, or None; a stale one is announced."""
    file = task.spec.root / lockfile.NAME
    entries = [entry for entry in lockfile.read_locks(file, origin="project") if entry.kind is EnvKind.CONDA]
    here = [entry for entry in entries if entry.platform == task.platform]
    if found := next((entry for entry in here if entry.spec_hash == task.spec.hash), None):
        return found
    if entries:
        reason = "is stale: its specification has changed" if here else f"has no lock for {task.platform}"
        on_note(f"{file.name} {reason}; 'mlproj lock' writes it anew")
    return None


def _parts(task: CondaTask, as_of: str | None) -> list[object]:
    """All that a resolution depends on: what is asked for, where, when, of which channels, and with which driver."""
    return [
        "conda",
        task.spec.hash,
        task.platform,
        [channel.url for channel in task.channels],
        task.condarc.priority,
        cuda_version(task.settings) if task.platform == this_platform() else task.settings.cuda,
        asked_program(task.settings),
        as_of,
        indexes_of(task.spec, task.settings) if task.spec.requirements else [],
    ]


def _ignore(_line: str) -> None:
    pass
