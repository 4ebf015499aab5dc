"""Files by their content: each content once, for all that want it, read-only and never written in place."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from mlproj.system.files import link_or_copy, make_directory
from mlproj.system.hashing import Hashed, hash_file

_READ_ONLY = 0o444


class ObjectFolder:
    """Objects below a directory, at `ab/abcd...` by the sha256 of what they hold."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        """Where an object is, or would be."""
        return self._root / sha256[:2] / sha256

    def find(self, sha256: str) -> Path | None:
        """An object that is there and still holds what it should; one that does not is removed."""
        path = self.path(sha256)
        try:
            if hash_file(path).sha256 == sha256:
                return path
            path.unlink()
        except OSError:
            return None
        return None

    def add(self, file: Path, *, link: bool = False) -> Hashed:
        """Keep a file's content; with `link` the file itself becomes a name of the object, and read-only.

        Raises OSError.
        """
        staging = make_directory(self._root) / f".{os.urandom(8).hex()}"
        try:
            if link:
                _link(file, staging)
            else:
                shutil.copyfile(file, staging)
            hashed = hash_file(staging)
            staging.chmod(_READ_ONLY)
            target = self.path(hashed.sha256)
            make_directory(target.parent)
            with contextlib.suppress(OSError):
                os.utime(target)  # so that nobody takes it for unused
            if not _is_whole(target, hashed.size):
                staging.replace(target)
            elif link and not os.path.samefile(staging, target):  # noqa: PTH121 - paths
                link_or_copy(target, file)  # the content is there: the file becomes one more name of it
        finally:
            staging.unlink(missing_ok=True)
        return hashed

    def unused(self, older_than: float) -> Iterator[tuple[Path, int]]:
        """Objects that nothing else is a name of, with their size on disk; young ones are about to get a name."""
        for path in sorted(self._root.glob("*/*")) + sorted(self._root.glob(".*")):
            with contextlib.suppress(OSError):
                status = path.stat()
                if status.st_nlink == 1 and time.time() - status.st_mtime > older_than:
                    yield path, status.st_blocks * 512

    @staticmethod
    def remove(path: Path) -> None:
        """Remove an object, unless it has got a name meanwhile."""
        with contextlib.suppress(OSError):
            if path.stat().st_nlink == 1:
                path.unlink()


def _link(file: Path, staging: Path) -> None:
    try:
        os.link(file, staging)
    except OSError:
        shutil.copyfile(file, staging)


def _is_whole(target: Path, size: int) -> bool:
    with contextlib.suppress(OSError):
        return target.stat().st_size == size
    return False
