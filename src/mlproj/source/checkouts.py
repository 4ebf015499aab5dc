"""The checkouts of runs: made beside and moved into place, told apart from what a run left in them, kept or removed."""

import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mlproj.config import Settings
from mlproj.errors import MlprojError
from mlproj.source.checkout import Checkout, Leftovers
from mlproj.system.files import make_directory, remove_tree, write_atomically
from mlproj.system.identity import ProcessIdentity, this_process

_MANIFEST = "manifest.json"
_RUBBISH = frozenset({".DS_Store", ".git", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"}) | {
    "__pycache__"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a checkout: whose it is, and its files as they were (size, time in ns, mode).

    `released` is when its run ended and left something in it, in seconds; None while the run goes on.
    """

    created: float
    owner: ProcessIdentity
    files: dict[str, tuple[int, int, int]] = field(default_factory=dict, repr=False)
    released: float | None = None


@contextmanager
def staged(settings: Settings, name: str, run_id: str | None) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """A directory to build a checkout in, and the function that moves it into place and gives the new path."""
    folder = make_directory(settings.cache_dir / "checkouts")
    staging = folder / f".{os.urandom(8).hex()}"
    tree = staging / _directory_name(name)
    places: list[Path] = []

    def commit() -> Path:
        final = folder / (run_id or os.urandom(16).hex())
        if final.exists():
            final = folder / f"{final.name}-{os.urandom(4).hex()}"
        _write(staging, Manifest(created=time.time(), owner=this_process(), files=_scan(tree)))
        places.append(final)
        staging.replace(final)
        return final / tree.name

    try:
        make_directory(staging)
        yield tree, commit
    except BaseException:
        for path in (staging,) if staging.exists() else places:  # what was not moved may be another's place
            remove_tree(path)
        raise


@contextmanager
def named_by_source(checkout: Checkout) -> Iterator[None]:
    """Have errors name a file by the source that it is of, and not by a checkout that is gone when they are read."""
    try:
        yield
    except MlprojError as error:
        if checkout.owned and error.where is not None:
            for directory in (checkout.root, checkout.top):
                error.where = re.sub(
                    rf"^{re.escape(str(directory))}/", lambda _: f"{checkout.source.uri}: ", error.where
                )
                error.where = checkout.source.uri if error.where == str(directory) else error.where
        raise


def take_over(checkout: Checkout) -> None:
    """Make this process the one whose life says whether a checkout is in use: for a fork whose parent leaves."""
    folder = checkout.top.parent
    if checkout.owned and (manifest := read_manifest(folder)) is not None:
        _write(folder, replace(manifest, owner=this_process()))


def release(checkout: Checkout, *, settings: Settings, stored: Collection[Path] = ()) -> Leftovers:
    """Remove a checkout of the run's own if the run left it as it was, else keep it and say what is left there.

    A file that was written anew counts as changed, whatever is in it; caches of Python's and its tools do not count,
    nor do `stored` files, which are kept elsewhere.
    """
    folder = checkout.top.parent
    if not checkout.owned or folder.parent != settings.cache_dir / "checkouts" or not folder.is_dir():
        return Leftovers(top=checkout.top)
    manifest = read_manifest(folder)
    if manifest is None:
        return Leftovers(top=checkout.top, new=tuple(sorted(_scan(checkout.top))))
    elsewhere = {os.path.relpath(path, checkout.top) for path in stored}
    before = {path: state for path, state in manifest.files.items() if path not in elsewhere}
    after = {path: state for path, state in _scan(checkout.top).items() if path not in elsewhere}
    touched = {path for path in after.keys() & before.keys() if after[path] != before[path]}
    leftovers = Leftovers(
        top=checkout.top,
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(touched)),
        deleted=tuple(sorted(before.keys() - after.keys())),
    )
    if leftovers.kept:
        _write(folder, replace(manifest, released=time.time()))
    else:
        remove_tree(folder)
    return leftovers


def read_manifest(folder: Path) -> Manifest | None:
    """What is known of a checkout; None if it cannot be read."""
    import json

    try:
        table: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return Manifest(
            created=table["created"],
            owner=ProcessIdentity(**table["owner"]),
            files={path: tuple(state) for path, state in table["files"].items()},
            released=table["released"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def newest_change(top: Path) -> float:
    """When something in a checkout last changed, in seconds."""
    times = (state[1] for state in _scan(top).values())
    return max(times, default=0) / 1e9


def _directory_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:60] or "project"


def _write(folder: Path, manifest: Manifest) -> None:
    import json

    write_atomically(folder / _MANIFEST, json.dumps({"version": 1, **asdict(manifest)}))


def _scan(top: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for folder, directories, names in os.walk(top):
        directories[:] = _without_rubbish(directories)
        links = [name for name in directories if (Path(folder) / name).is_symlink()]
        for name in (*_without_rubbish(names), *links):
            path = Path(folder) / name
            status = path.lstat()
            state = (status.st_size, status.st_mtime_ns, stat.S_IMODE(status.st_mode))
            found[str(path.relative_to(top))] = state
    return found


def _without_rubbish(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in _RUBBISH and not name.endswith(".egg-info")]
