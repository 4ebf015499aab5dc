"""The files of a run below `mlproj/`: they grow in place where the artifacts are on this machine, else are uploaded."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from mlproj.errors import TrackingError
from mlproj.system.files import link_or_copy, make_directory, remove_tree, write_atomically
from mlproj.system.hashing import Hashed
from mlproj.tracking.base import Artifacts

FOLDER = "mlproj"
RECORD = "run.json"
OUTPUT = "output.log"
CHUNK = 1 << 20


class RunFiles:
    """Where a run's own files are written. `directory` is on this machine in any case."""

    def __init__(self, artifacts: Artifacts, *, spool: Path) -> None:
        root = artifacts.local_directory()
        self.directory = make_directory((spool if root is None else root) / FOLDER)
        self._remote = artifacts if root is None else None
        self._sent: dict[str, tuple[int, int]] = {}
        self._lock = Lock()

    def write(self, name: str, text: str) -> None:
        """Write a file whole. Raises TrackingError."""
        try:
            write_atomically(self.directory / name, text)
        except OSError as error:
            raise TrackingError(
                f"cannot write a file of the run: {error.strerror}",
                where=str(self.directory / name),
                hint="check permissions and free space",
            ) from error

    @property
    def is_remote(self) -> bool:
        """Whether the artifacts are not on this machine."""
        return self._remote is not None

    def place(self, file: Path, name: str) -> None:
        """Give a file that never changes a name among the run's files. Raises OSError."""
        target = self.directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(file, target)

    def send(self, file: Path, name: str) -> Hashed:
        """Send a file to where the artifacts are, without a copy here; its hash as it was sent.

        Raises OSError and TrackingError.
        """
        digest, size = hashlib.sha256(), 0

        def chunks() -> Iterator[bytes]:
            nonlocal size
            with file.open("rb") as content:
                while chunk := content.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    yield chunk

        assert self._remote is not None  # noqa: S101 - only asked for where is_remote
        self._remote.write(f"{FOLDER}/{name}", chunks())
        return Hashed(size=size, sha256=digest.hexdigest())

    def upload(self) -> None:
        """Send what has changed since the last time; nothing to do where the files grow in place."""
        if self._remote is None:
            return
        with self._lock:
            for path in sorted(path for path in self.directory.rglob("*") if path.is_file()):
                status = path.stat()
                name = path.relative_to(self.directory).as_posix()
                if self._sent.get(name) != (state := (status.st_size, status.st_mtime_ns)):
                    with path.open("rb") as file:
                        self._remote.write(f"{FOLDER}/{name}", _chunks(file))
                    self._sent[name] = state

    def remove_spool(self) -> None:
        """Remove the local copies of what was uploaded."""
        if self._remote is not None:
            remove_tree(self.directory)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
