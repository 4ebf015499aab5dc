"""The environments on this machine: what is there, how large, when used; and getting rid of them."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.images.records import FOLDER as IMAGES
from mlproj.envs.images.records import ImageUse
from mlproj.envs.python.markers import Marker, last_use, read_marker, users
from mlproj.errors import EnvironmentFailedError, NotFoundError
from mlproj.system.files import remove_tree, tree_size


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedEnvironment:
    """One directory of the cache, or an image of the engine, whose file in the cache is its `prefix`.

    `marker` is None for what a build left half done; times are in UTC milliseconds. `projects` have used it; `busy`
    says whether a process or a container does so now.
    """

    key: str
    prefix: Path
    size: int
    used: int
    marker: Marker | None
    projects: tuple[str, ...] = ()
    busy: bool = False
    image: ImageUse | None = None

    @property
    def kind(self) -> str | None:
        """virtualenv, conda or image."""
        if self.image is not None:
            return "image"
        return self.marker.manager if self.marker else None

    @property
    def ready(self) -> bool:
        return self.marker is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed, and what stays because a process uses it."""

    environments: tuple[CachedEnvironment, ...]
    busy: tuple[CachedEnvironment, ...] = ()

    @property
    def size(self) -> int:
        return sum(environment.size for environment in self.environments)


def list_environments(settings: Settings) -> tuple[CachedEnvironment, ...]:
    """All environments of the cache, the one used last first."""
    folder = settings.cache_dir / "envs"
    busy = _in_use()
    found = [_describe(path, busy) for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    found += _images(settings)
    return tuple(sorted(found, key=lambda environment: environment.used, reverse=True))


def find_environment(key: str, settings: Settings) -> CachedEnvironment:
    """The environment of that key; it may be abbreviated while it is unique. Raises NotFoundError."""
    found = [environment for environment in list_environments(settings) if environment.key.startswith(key)]
    if not key or not found:
        raise NotFoundError(f"no such environment: {key!r}", hint="'mlproj env list' shows them")
    if len(found) > 1:
        raise NotFoundError(f"{len(found)} environments begin with {key!r}", hint="give more of the key")
    return found[0]


def remove(environment: CachedEnvironment, settings: Settings) -> Removed:
    """Remove one environment. Raises EnvironmentFailedError while a process uses it."""
    if environment.prefix in _in_use() or not _remove(environment, settings):
        raise EnvironmentFailedError(
            f"the environment {environment.key[:12]} is in use", hint="wait for its runs to end, or cancel them"
        )
    return Removed(environments=(environment,))


def collect(
    settings: Settings, *, older_than: float | None = None, max_size: int | None = None, dry_run: bool = False
) -> Removed:
    """Remove what a build left half done, what was not used for `older_than` seconds, and then, until the rest is no
    larger than `max_size` bytes, what was not used for longest. What a process or a container uses stays, and so do
    images that mlproj neither built nor pulled.
    """
    now = time.time() * 1000
    rest = [found for found in list_environments(settings) if _may_go(found)]
    busy = _in_use() | {found.prefix for found in _images(settings) if found.busy}  # anew: measuring may take long
    doomed = [
        found for found in rest if not found.ready or (older_than is not None and now - found.used > older_than * 1000)
    ]
    rest = [found for found in rest if found not in doomed]
    while max_size is not None and rest and sum(found.size for found in rest) > max_size:
        doomed.append(rest.pop())
    removed = [found for found in doomed if found.prefix not in busy and (dry_run or _remove(found, settings))]
    return Removed(environments=tuple(removed), busy=tuple(found for found in doomed if found.prefix in busy))


def _may_go(environment: CachedEnvironment) -> bool:
    if environment.image is None:
        return True
    from mlproj.envs.images.cache import is_ours

    return is_ours(environment.image)


def _images(settings: Settings) -> list[CachedEnvironment]:
    if not (settings.cache_dir / IMAGES).is_dir():
        return []
    from mlproj.envs.images.cache import in_use, marker_of, present

    busy = in_use(settings)
    return [
        CachedEnvironment(
            key=marker_of(use).key,
            prefix=file,
            size=use.size,
            used=used,
            marker=marker_of(use),
            projects=(use.root, *use.others),
            busy=use.id in busy,
            image=use,
        )
        for use, used, file in present(settings)
    ]


def _describe(prefix: Path, busy: frozenset[Path]) -> CachedEnvironment:
    marker = read_marker(prefix)
    projects = users(prefix) or ((marker.root,) if marker else ())
    used = last_use(prefix) if marker else prefix.stat().st_mtime
    return CachedEnvironment(
        key=prefix.name,
        prefix=prefix,
        size=tree_size(prefix),
        used=int(used * 1000),
        marker=marker,
        projects=projects,
        busy=prefix in busy,
    )


def _remove(environment: CachedEnvironment, settings: Settings) -> bool:
    """Remove under the environment's lock, its marker first; false if it is being built, or a container stands on it.

    The lock file stays: whoever waits for it must not be left with another one.
    """
    if environment.image is not None:
        from mlproj.envs.images.cache import remove_image

        return remove_image(environment.image, environment.prefix, settings)
    lock = settings.cache_dir / "envs" / f"{environment.key}.lock"
    with _held_if_free(lock) as held:
        if held:
            (environment.prefix / "mlproj-environment.json").unlink(missing_ok=True)
            remove_tree(environment.prefix)
        return held


@contextlib.contextmanager
def _held_if_free(path: Path) -> Iterator[bool]:
    from filelock import FileLock, Timeout

    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _in_use() -> frozenset[Path]:
    """Environments that a process stands in: its VIRTUAL_ENV or CONDA_PREFIX, or its program."""
    import psutil

    found: set[Path] = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            environ = process.environ()
            words = [environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
            words += [str(Path(word).parent.parent) for word in process.cmdline()[:1] if word.startswith("/")]
            found.update(Path(word) for word in words if word)
    return frozenset(found)
