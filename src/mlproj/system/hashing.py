"""The sha256 of many files: in parallel, with progress, remembered by what the file system says of each file."""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlproj.system.hash_cache import HashCache, Stamp

CHUNK = 1 << 20
CACHED_FROM_BYTES = 8 << 20
CACHED_FROM_FILES = 500
"""Below both, reading the files is faster than opening the cache."""
SETTLED_NS = 2_000_000_000
"""A file that changed less than this ago may change again without another time stamp."""

OnBytes = Callable[[int], None]
"""Takes the number of bytes that were just hashed; called from several threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """A regular file's size in bytes and the sha256 of its content."""

    size: int
    sha256: str


def hash_files(
    files: Mapping[str, os.stat_result],
    *,
    cache: HashCache | None = None,
    on_bytes: OnBytes | None = None,
    settled_ns: int = SETTLED_NS,
) -> dict[str, Hashed]:
    """Hash regular files, given with their state; those that cannot be read are left out of the answer.

    A small job leaves the cache alone. A file that has changed less than `settled_ns` ago is not remembered.
    """
    total = sum(state.st_size for state in files.values())
    if cache is None or (total < CACHED_FROM_BYTES and len(files) < CACHED_FROM_FILES):
        return _hash_all(files, total, on_bytes)
    stamps = {path: stamp_of(state) for path, state in files.items()}
    known = cache.find(stamps)
    found = {path: Hashed(size=files[path].st_size, sha256=digest) for path, digest in known.items()}
    missing = {path: state for path, state in files.items() if path not in found}
    if not missing:
        return found
    started = time.time_ns()
    fresh = _hash_all(missing, sum(state.st_size for state in missing.values()), on_bytes)
    settled = {path for path in fresh if started - max(stamps[path].mtime, stamps[path].ctime) > settled_ns}
    cache.keep({path: (stamps[path], fresh[path].sha256) for path in settled})
    return found | fresh


def stamp_of(state: os.stat_result) -> Stamp:
    """What must be the same for a file to be taken for unchanged."""
    return Stamp(size=state.st_size, mtime=state.st_mtime_ns, ctime=state.st_ctime_ns, inode=state.st_ino)


def hash_file(path: str | Path, on_chunk: Callable[[int], None] | None = None) -> Hashed:
    """The size and sha256 of one file as it is read. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - names that are no valid text
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "not a regular file", str(path))
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if on_chunk is not None:
                on_chunk(len(chunk))
    return Hashed(size=size, sha256=digest.hexdigest())


def _hash_all(files: Iterable[str], total: int, on_bytes: OnBytes | None) -> dict[str, Hashed]:
    work = _Work(on_bytes)
    paths = sorted(files)
    workers = min(8, os.cpu_count() or 1, len(paths))
    if workers <= 1 or total < CHUNK:
        results = [work.hash(path) for path in paths]
    else:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(workers, thread_name_prefix="mlproj-hash")
        try:
            results = list(pool.map(work.hash, paths))
        except BaseException:
            work.stopped = True
            raise
        finally:
            pool.shutdown(cancel_futures=True)
    return {path: found for path, found in zip(paths, results, strict=True) if found is not None}


class _StoppedError(Exception):
    """Somebody wants the program to end."""


class _Work:
    """Hashes files on any thread until it is stopped."""

    def __init__(self, on_bytes: OnBytes | None) -> None:
        self.stopped = False
        self._on_bytes = on_bytes

    def hash(self, path: str) -> Hashed | None:
        """None for a file that cannot be read."""
        try:
            return hash_file(path, self._count)
        except (OSError, _StoppedError):
            return None

    def _count(self, count: int) -> None:
        if self.stopped:
            raise _StoppedError
        if self._on_bytes is not None:
            self._on_bytes(count)
