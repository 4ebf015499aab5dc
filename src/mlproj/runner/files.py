"""The files of a run below `mlproj/`: they grow in place where the artifacts are on this machine, else are uploaded."""

from pathlib import Path
from threading import Lock

from mlproj.errors import TrackingError
from mlproj.system.files import make_directory, remove_tree, write_atomically
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

    def upload(self) -> None:
        """Send what has changed since the last time; nothing to do where the files grow in place."""
        if self._remote is None:
            return
        with self._lock:
            for path in sorted(path for path in self.directory.iterdir() if path.is_file()):
                status = path.stat()
                if self._sent.get(path.name) != (state := (status.st_size, status.st_mtime_ns)):
                    with path.open("rb") as file:
                        self._remote.write(f"{FOLDER}/{path.name}", iter(lambda: file.read(CHUNK), b""))
                    self._sent[path.name] = state

    def remove_spool(self) -> None:
        """Remove the local copies of what was uploaded."""
        if self._remote is not None:
            remove_tree(self.directory)
