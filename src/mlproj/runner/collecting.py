"""What can go: runs and experiments that were deleted, checkouts that runs left, files of jobs that are gone."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlproj.backends.local import find
from mlproj.config import Settings
from mlproj.errors import MlprojError, UsageError
from mlproj.runner.tracking_access import is_ours
from mlproj.source import cache
from mlproj.source.capture.kept import FOLDER as CAPTURES
from mlproj.source.kept_downloads import KeptDownloads
from mlproj.system.clock import now_ms
from mlproj.system.files import remove_tree, tree_size
from mlproj.system.objects import ObjectFolder
from mlproj.tracking.artifact_uris import own_path
from mlproj.tracking.base import Artifacts, LocalStore
from mlproj.tracking.entities import Run
from mlproj.tracking.opening import open_store
from mlproj.tracking.reaping import goes_on

CHECKOUT_AGE = 7 * 24 * 3600.0
MIRROR_AGE = 30 * 24 * 3600.0
JOB_AGE = 3600.0
OBJECT_AGE = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubbish:
    """One thing that can go: `kind` is run, experiment, checkout, download, job, ...; `size` in bytes on disk."""

    kind: str
    name: str
    path: Path | None
    size: int


def collect(settings: Settings, *, older_than: float = CHECKOUT_AGE, dry_run: bool) -> tuple[Rubbish, ...]:
    """Remove, or with `dry_run` only name, all rubbish. `older_than` is the age of checkouts, in seconds."""
    from contextlib import closing

    found: list[Rubbish] = []
    with closing(open_store(settings.tracking_uri, settings=settings)) as store:
        if not is_ours(store):
            raise UsageError(
                "the runs of a tracking server can only be removed for good where it runs",
                where=store.uri,
                hint="leave --tracking-uri out to clean this machine",
            )
        for item in _deleted(store, now_ms()):
            found.append(item)
            if not dry_run:
                _purge(store, item)
    for item in (
        *_checkouts(settings, older_than),
        *_jobs(settings),
        *_captures(settings, older_than),
        *_downloads(settings, older_than),
    ):
        found.append(item)
        if not dry_run and item.path is not None:
            remove_tree(item.path)
    objects = ObjectFolder(settings.home / "objects")
    for path, size in objects.unused(OBJECT_AGE):
        found.append(Rubbish(kind="object", name=path.name, path=path, size=size))
        if not dry_run:
            objects.remove(path)
    return (*found, *_mirrors(settings, dry_run=dry_run), *_containers(settings, dry_run=dry_run))


def _deleted(store: LocalStore, now: int) -> Iterator[Rubbish]:
    """Runs that go on, and experiments with such a run, have to wait."""
    going_on = set()
    for run_id in store.deleted_runs():
        run = store.get_run(run_id)
        if goes_on(run, now_ms=now):
            going_on.add(run.experiment_id)
            continue
        files = _own_files(store, run)
        path = None if files is None else files.local_directory()
        yield Rubbish(kind="run", name=run_id, path=path, size=0 if path is None else tree_size(path))
    root = store.artifact_root().local_directory()
    for experiment_id in store.deleted_experiments():
        if experiment_id in going_on:
            continue
        # Runs that were moved elsewhere keep their files below the experiment that they were created in.
        path = None if root is None else root / experiment_id / "models"
        yield Rubbish(kind="experiment", name=experiment_id, path=path, size=0 if path is None else tree_size(path))


def _purge(store: LocalStore, item: Rubbish) -> None:
    """The files first: what is left after an interruption is still known to be deleted."""
    if item.path is not None:
        remove_tree(item.path)
        with suppress(OSError):  # not there, or somebody keeps other files in it
            item.path.parent.rmdir()
    if item.kind == "run":
        if item.path is None and (files := _own_files(store, store.get_run(item.name))) is not None:
            files.delete("")
        store.purge_run(item.name)
    else:
        if item.path is None:
            store.artifact_root().delete(f"{item.name}/models")
        store.purge_experiment(item.name)


def _own_files(store: LocalStore, run: Run) -> Artifacts | None:
    """The files of a run; None if an import linked them: they are not ours to remove."""
    location = store.get_experiment(run.experiment_id).artifact_location
    linked = own_path(run.artifact_uri) is None and not run.artifact_uri.startswith(f"{location}/")
    return None if linked else store.artifacts(run.run_id)


def _checkouts(settings: Settings, older_than: float) -> Iterator[Rubbish]:
    for path in cache.remove_old(settings, older_than, dry_run=True):
        yield Rubbish(kind="checkout", name=path.name, path=path, size=tree_size(path))


def _mirrors(settings: Settings, *, dry_run: bool) -> list[Rubbish]:
    """What was removed, or would be: one that is used again meanwhile stays."""
    old = [(path, tree_size(path)) for path in cache.old_mirrors(settings, MIRROR_AGE)]
    return [
        Rubbish(kind="mirror", name=path.name, path=path, size=size)
        for path, size in old
        if dry_run or cache.remove_mirror(settings, path, MIRROR_AGE)
    ]


def _captures(settings: Settings, older_than: float) -> Iterator[Rubbish]:
    """Archives of code that no run has needed for so long; the runs that have them keep them."""
    for path in sorted((settings.cache_dir / CAPTURES).glob("*")):
        with suppress(OSError):
            status = path.stat()
            if time.time() - status.st_mtime > older_than:
                size = status.st_blocks * 512 if status.st_nlink == 1 else 0
                yield Rubbish(kind="capture", name=path.name, path=path, size=size)


def _downloads(settings: Settings, older_than: float) -> Iterator[Rubbish]:
    """What was fetched from the web, and nobody has asked for since."""
    for path, size in KeptDownloads(settings).unused(older_than, time.time()):
        yield Rubbish(kind="download", name=path.name, path=path, size=size)


def _containers(settings: Settings, *, dry_run: bool) -> list[Rubbish]:
    """Containers whose supervisor died with everything that could have ended them."""
    if not (settings.cache_dir / "images").is_dir():
        return []
    from mlproj.backends.lost_containers import end_lost
    from mlproj.system.container_engine import connected

    with suppress(MlprojError), connected(settings.environ) as client:
        ids = end_lost(client, dry_run=dry_run)
        return [Rubbish(kind="container", name=identity[:12], path=None, size=0) for identity in ids]
    return []


def _jobs(settings: Settings) -> Iterator[Rubbish]:
    """Directories of jobs whose supervisor died before it could remove them."""
    for directory in sorted((settings.cache_dir / "jobs").glob("*")):
        with suppress(OSError):
            facts = find(directory)
            old = time.time() - directory.stat().st_mtime > JOB_AGE
            if old and not facts.supervised and facts.alive is False:
                yield Rubbish(kind="job", name=directory.name, path=directory, size=tree_size(directory))
