"""The checkouts of runs: made beside and moved into place, told apart from what a run left in them, kept or removed."""

import json
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlproj.config import Settings
from mlproj.source.checkout import Checkout, Leftovers
from mlproj.system.files import make_directory, remove_tree, write_atomically

_MANIFEST = "manifest.json"
_RUBBISH = frozenset({".DS_Store", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What tells whether a file was touched."""

    size: int
    modified: int
    mode: int


@contextmanager
def staged(settings: Settings, name: str, run_id: str | None) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """A directory to build a checkout in, and the function that moves it into place and gives the new path."""
    folder = make_directory(settings.cache_dir / "checkouts")
    staging = folder / f".{secrets.token_hex(8)}"
    tree = make_directory(staging) / _directory_name(name)

    def commit() -> Path:
        final = folder / (run_id or secrets.token_hex(16))
        if final.exists():
            final = folder / f"{final.name}-{secrets.token_hex(4)}"
        write_atomically(staging / _MANIFEST, _dump(tree))
        staging.replace(final)
        return final / tree.name

    try:
        yield tree, commit
    except BaseException:
        remove_tree(staging)
        raise


def release(checkout: Checkout, *, settings: Settings) -> Leftovers:
    """Remove a checkout of the run's own if the run left it as it was, else say what it left there."""
    folder = checkout.top.parent
    if not checkout.owned or folder.parent != settings.cache_dir / "checkouts" or not checkout.top.is_dir():
        return Leftovers(top=checkout.top)
    before = _load(folder)
    after = _scan(checkout.top)
    leftovers = Leftovers(
        top=checkout.top,
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        deleted=tuple(sorted(before.keys() - after.keys())),
    )
    if not leftovers.kept:
        remove_tree(folder)
    return leftovers


def _directory_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:60] or "project"


def _dump(top: Path) -> str:
    files = {path: [state.size, state.modified, state.mode] for path, state in _scan(top).items()}
    return json.dumps({"version": 1, "created": time.time(), "files": files})


def _load(folder: Path) -> dict[str, FileState]:
    files = json.loads((folder / _MANIFEST).read_text())["files"]
    return {path: FileState(size=size, modified=modified, mode=mode) for path, (size, modified, mode) in files.items()}


def _scan(top: Path) -> dict[str, FileState]:
    found = {}
    for folder, directories, names in os.walk(top):
        directories[:] = [name for name in directories if name not in _RUBBISH and name != ".git"]
        links = [name for name in directories if (Path(folder) / name).is_symlink()]
        for name in (*names, *links):
            if name in _RUBBISH or name == ".git":
                continue
            path = Path(folder) / name
            status = path.lstat()
            state = FileState(size=status.st_size, modified=status.st_mtime_ns, mode=stat.S_IMODE(status.st_mode))
            found[str(path.relative_to(top))] = state
    return found
