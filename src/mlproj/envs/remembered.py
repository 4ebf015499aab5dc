"""Locks that were resolved here before, so that the same specification means the same packages."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs import lockfile
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.installer import Task
from mlproj.envs.python.pip_config import index_settings
from mlproj.envs.python.versions import minor
from mlproj.envs.urls import without_credentials
from mlproj.envs.values import EnvSpec, Lock
from mlproj.errors import EnvironmentSpecError


def recall(task: Task, *, as_of: str | None) -> Lock | None:
    """The remembered lock; one that cannot be read is forgotten."""
    return recall_by(_parts(task, as_of), settings=task.settings)


def remember(task: Task, lock: Lock, *, as_of: str | None) -> None:
    """Keep a lock for the next time."""
    remember_by(_parts(task, as_of), lock, settings=task.settings)


def recall_by(parts: Sequence[object], *, settings: Settings) -> Lock | None:
    """The lock that was remembered for all that a resolution depends on."""
    try:
        return next(iter(lockfile.read_locks(_file(parts, settings), origin="remembered")), None)
    except EnvironmentSpecError:
        return None


def remember_by(parts: Sequence[object], lock: Lock, *, settings: Settings) -> None:
    """Keep a lock under all that its resolution depends on."""
    from mlproj.envs.directories import cache_directory

    cache_directory(settings, "locks")
    lockfile.write_locks(_file(parts, settings), [lock])


def indexes_of(spec: EnvSpec, settings: Settings) -> list[tuple[str, list[str]]]:
    """The package indexes that a resolution asks, without credentials."""
    indexes = index_settings(settings.environ, spec.options).values
    return sorted((name, [without_credentials(value) for value in values]) for name, values in indexes.items())


def _parts(task: Task, as_of: str | None) -> list[object]:
    """What is asked for, where, when, and of which indexes."""
    return [
        task.spec.hash,
        task.platform or this_platform(),
        task.python or minor(task.interpreter.version),
        task.settings.installer,
        as_of,
        indexes_of(task.spec, task.settings),
    ]


def _file(parts: Sequence[object], settings: Settings) -> Path:
    name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    return settings.cache_dir / "locks" / f"{name}.toml"
