"""From a lock to an environment that is ready: built once, in place, under a lock, its marker last."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.building_once import build_once
from mlproj.envs.directories import explained
from mlproj.envs.foreign import check_complete, naming_platform
from mlproj.envs.locking import interpreter_for, known_lock
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.installer import Task, installer
from mlproj.envs.python.markers import Marker, read_marker, touch
from mlproj.envs.python.payloads import local_parts, without_editables
from mlproj.envs.python.pylock import local_packages
from mlproj.envs.values import Environment, EnvSpec, Lock, Progress

_UNSET = (
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "CONDA_PROMPT_MODIFIER",
    "CONDA_SHLVL",
)


def ensure(
    spec: EnvSpec,
    lock: Lock,
    *,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress | None = None,
    log: Path | None = None,
) -> Environment:
    """The environment for a lock, from the cache or built now.

    Raises BuildError, and DirectoryError where the cache cannot be written; nothing half-built is left or used.
    """
    if spec.manager == "local":
        return Environment(kind=spec.kind, manager="local")
    note = on_note or on_progress
    if spec.manager == "conda":
        from mlproj.envs.conda.building import ensure_conda

        return ensure_conda(spec, lock, settings=settings, on_progress=on_progress, on_note=note, log=log)
    if spec.image is not None:
        from mlproj.envs.images.environments import ensure_image

        return ensure_image(spec, spec.image, lock, settings=settings, on_progress=on_progress, on_note=note, log=log)
    lock = _as_installed(spec, lock)
    interpreter = interpreter_for(spec, lock.python, settings=settings, on_note=note)
    task = Task(spec=spec, settings=settings, interpreter=interpreter, on_progress=on_progress, on_note=note, log=log)
    key = environment_key(task, lock)
    prefix = settings.cache_dir / "envs" / key
    with naming_platform(lock):
        with explained(settings.cache_dir, log):
            reused = _is_ready(prefix, key) or not _build_once(task, lock, key, prefix)
        check_complete(prefix, interpreter.version, lock)
    touch(prefix, spec.root if spec.in_place else None)
    return _environment(task, lock, key=key, prefix=prefix, reused=reused)


def known_key(spec: EnvSpec, *, settings: Settings) -> str | None:
    """The key of the environment that a run would use, as far as that is known without resolving or fetching."""
    lock = None if spec.manager == "local" else known_lock(spec, settings=settings)
    if lock is None or spec.image is not None:
        return None
    if spec.manager == "conda":
        from mlproj.envs.conda.building import conda_key

        return conda_key(spec, lock, settings=settings)
    lock = _as_installed(spec, lock)
    offline = replace(settings, python_download=False)
    interpreter = interpreter_for(spec, lock.python, settings=offline, on_note=_ignore)
    task = Task(spec=spec, settings=settings, interpreter=interpreter, on_progress=_ignore, on_note=_ignore)
    return environment_key(task, lock)


def _as_installed(spec: EnvSpec, lock: Lock) -> Lock:
    return lock if spec.in_place else replace(lock, payload=without_editables(lock.payload))


def _ignore(_line: str) -> None:
    pass


def environment_key(task: Task, lock: Lock) -> str:
    """All that an environment depends on: the lock, the interpreter, the platform, local packages, the installer."""
    from mlproj.envs.fingerprints import content_hash, metadata_hash

    local = []
    parts = (
        local_parts(lock.payload, task.scope)
        if lock.format == "requirements"
        else local_packages(lock.payload, task.scope)
    )
    for part in parts:
        if part.path is not None:
            state = [str(part.path), metadata_hash(part.path)] if part.editable else [content_hash(part.path)]
            local.append([part.text, *state])
    interpreter = [task.interpreter.home, task.interpreter.version]
    key = [lock.hash, interpreter, this_platform(), local, task.settings.installer, task.spec.manager]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]


def _is_ready(prefix: Path, key: str) -> bool:
    """The marker is there, for this key, and the interpreter that the environment stands on still is."""
    marker = read_marker(prefix)
    return marker is not None and marker.key == key and (prefix / "bin" / "python").exists()


def _build_once(task: Task, lock: Lock, key: str, prefix: Path) -> bool:
    def build(descriptor: int) -> Callable[[float], Marker]:
        _build(replace(task, held=(descriptor,)), lock, prefix)
        return lambda seconds: _marker(task, lock, key, seconds)

    return build_once(
        prefix,
        settings=task.settings,
        on_note=task.on_note,
        is_ready=lambda: _is_ready(prefix, key),
        build=build,
    )


def _build(task: Task, lock: Lock, prefix: Path) -> None:
    from mlproj.envs.python.creation import create

    create(task, prefix)
    if lock.payload.strip():
        task.on_progress(f"building the environment with {task.settings.installer}")
        installer(task.settings.installer).install(task, lock, prefix=prefix)


def _marker(task: Task, lock: Lock, key: str, seconds: float) -> Marker:
    return Marker(
        key=key,
        python=task.interpreter.version,
        interpreter=str(task.interpreter.path),
        installer=task.settings.installer,
        lock_hash=lock.hash,
        lock=lock.payload,
        root=str(task.spec.root),
        created=int(time.time() * 1000),
        seconds=round(seconds, 3),
    )


def _environment(task: Task, lock: Lock, *, key: str, prefix: Path, reused: bool) -> Environment:
    return Environment(
        kind=task.spec.kind,
        manager=task.spec.manager,
        key=key,
        prefix=prefix,
        interpreter=prefix / "bin" / "python",
        python=task.interpreter.version,
        lock=lock,
        reused=reused,
        variables={**activation(prefix, task.settings.environ), **task.spec.variables},
        unset=_UNSET,
    )


def activation(prefix: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What sourcing the environment's activate script would set."""
    path = environ.get("PATH", os.defpath)
    return {"PATH": f"{prefix / 'bin'}{os.pathsep}{path}", "VIRTUAL_ENV": str(prefix)}
