"""Locks that were resolved here before, so that the same specification means the same packages."""

import hashlib
import json
from pathlib import Path

from mlproj.envs import lockfile
from mlproj.envs.installer import Task
from mlproj.envs.pip_config import index_settings
from mlproj.envs.platforms import this_platform
from mlproj.envs.urls import without_credentials
from mlproj.envs.values import Lock
from mlproj.envs.versions import minor
from mlproj.errors import EnvironmentSpecError


def recall(task: Task, *, as_of: str | None) -> Lock | None:
    """The remembered lock; one that cannot be read is forgotten."""
    try:
        return next(iter(lockfile.read_locks(_file(task, as_of), origin="remembered")), None)
    except EnvironmentSpecError:
        return None


def remember(task: Task, lock: Lock, *, as_of: str | None) -> None:
    """Keep a lock for the next time."""
    from mlproj.envs.directories import cache_directory

    cache_directory(task.settings, "locks")
    lockfile.write_locks(_file(task, as_of), [lock])


def _file(task: Task, as_of: str | None) -> Path:
    """Named by all that a resolution depends on: what is asked for, where, when, and of which indexes."""
    indexes = index_settings(task.settings.environ, task.spec.options).values
    parts = [
        task.spec.hash,
        task.platform or this_platform(),
        task.python or minor(task.interpreter.version),
        task.settings.installer,
        as_of,
        sorted((name, [without_credentials(value) for value in values]) for name, values in indexes.items()),
    ]
    name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    return task.settings.cache_dir / "locks" / f"{name}.toml"
