"""From a conda lock to an environment that is ready: no solving, the package cache shared, activation as data."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.building_once import build_once
from mlproj.envs.conda.activation import NAME as ACTIVATION
from mlproj.envs.conda.activation import activation, compute_activation
from mlproj.envs.conda.engine import CondaTask, engine_for, make_task
from mlproj.envs.conda.programs import asked_program
from mlproj.envs.conda.virtual import subdir
from mlproj.envs.directories import explained
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.markers import Marker, read_marker, touch
from mlproj.envs.values import Environment, EnvSpec, Lock, Progress
from mlproj.errors import BuildError, ForeignPlatformError

_UNSET = ("PYTHONHOME", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PROMPT_MODIFIER")


def ensure_conda(
    spec: EnvSpec,
    lock: Lock,
    *,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
    log: Path | None = None,
) -> Environment:
    """As `building.ensure`, for conda."""
    task = make_task(spec, settings=settings, on_progress=on_progress, on_note=on_note, log=log)
    key = conda_key(spec, lock, settings=settings)
    prefix = settings.cache_dir / "envs" / key
    with explained(settings.cache_dir, log):
        reused = _is_ready(prefix, key) or not _build_once(task, lock, prefix)
    touch(prefix, spec.root if spec.in_place else None)
    python = prefix / "bin" / "python"
    marker = read_marker(prefix)
    return Environment(
        kind=spec.kind,
        manager="conda",
        key=key,
        prefix=prefix,
        interpreter=python if python.exists() else None,
        python=(marker.python or None) if marker else None,
        lock=lock,
        reused=reused,
        variables=activation(prefix, settings.environ),
        unset=_UNSET,
    )


def conda_key(spec: EnvSpec, lock: Lock, *, settings: Settings) -> str:
    """All that an environment depends on: the lock, the platform, local packages, variables, the program."""
    from mlproj.envs.fingerprints import content_hash, metadata_hash
    from mlproj.envs.python.requirements import Kind, Scope, logical_lines, parse

    lines = logical_lines("\n".join(spec.requirements), spec.file or spec.root)
    local = []
    for asked in parse(lines, Scope(root=spec.root, environ=settings.environ)).requirements:
        if asked.kind is Kind.LOCAL and asked.path is not None:
            linked = asked.editable and spec.in_place
            state = [str(asked.path), metadata_hash(asked.path)] if linked else [content_hash(asked.path)]
            local.append([asked.text, *state])
    parts = ["conda", lock.hash, this_platform(), local, sorted(spec.variables.items()), asked_program(settings)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _is_ready(prefix: Path, key: str) -> bool:
    marker = read_marker(prefix)
    return marker is not None and marker.key == key and (prefix / ACTIVATION).exists()


def _build_once(task: CondaTask, lock: Lock, prefix: Path) -> bool:
    def build(descriptor: int) -> Callable[[float], Marker]:
        _build(replace(task, held=(descriptor,)), lock, prefix)
        return lambda seconds: _marker(task, lock, prefix, seconds)

    return build_once(
        prefix,
        settings=task.settings,
        on_note=task.on_note,
        is_ready=lambda: _is_ready(prefix, prefix.name),
        build=build,
    )


def _build(task: CondaTask, lock: Lock, prefix: Path) -> None:
    from mlproj.envs.conda.payload import read_payload
    from mlproj.envs.conda.pip_install import install_pip
    from mlproj.envs.python.package_files import at_hand

    locked = read_payload(lock.payload, where=task.where)
    _check_platform(task, locked.subdir)
    _check_machine(task, [text for record in locked.records for text in record.depends])
    prefix.mkdir(parents=True)
    if locked.records:
        task.on_progress(f"installing {len(locked.records)} conda packages")
        engine_for(task.settings).install(task, at_hand(locked.records, task.spec.files), prefix=prefix)
    if locked.pip:
        install_pip(task, locked.pip, prefix=prefix)
    compute_activation(prefix, task.spec.variables, log=task.log)


def _check_platform(task: CondaTask, made_for: str | None) -> None:
    """A past run's lock may be another platform's."""
    if made_for not in {None, subdir(this_platform())}:
        raise ForeignPlatformError(
            f"the lock is one of conda packages for {made_for}, and this machine takes {subdir(this_platform())}",
            where=task.where,
            hint=f"try it on a machine that takes {made_for}",
        )


def _check_machine(task: CondaTask, depends: list[str]) -> None:
    """A lock may have been made on a machine with a driver that this one does not have."""
    from mlproj.envs.conda.virtual import unmet, virtual_packages

    missing = unmet(depends, virtual_packages(this_platform(), task.settings))
    if missing:
        cuda = next((text for text in missing if text.startswith("__cuda")), None)
        hint = "give the version that the job will find, as in --cuda 12.4, or lock anew with --update"
        raise BuildError(
            f"the locked packages need what this machine does not have: {', '.join(missing)}",
            where=task.where,
            hint=hint if cuda else "lock anew for this machine with --update",
            log=task.log,
        )


def _marker(task: CondaTask, lock: Lock, prefix: Path, seconds: float) -> Marker:
    python = sorted(prefix.glob("conda-meta/python-[0-9]*.json"))
    return Marker(
        key=prefix.name,
        python=python[0].name.split("-")[1] if python else "",
        interpreter=str(prefix / "bin" / "python") if python else "",
        installer=asked_program(task.settings) or "rattler",
        lock_hash=lock.hash,
        lock=lock.payload,
        root=str(task.spec.root),
        created=int(time.time() * 1000),
        seconds=round(seconds, 3),
        manager="conda",
    )
