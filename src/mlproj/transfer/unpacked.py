"""Files that were unpacked from an archive, under any name that a disk takes: the API lets fewer through."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from mlproj.tracking.artifacts import LocalArtifacts


class UnpackedArtifacts(LocalArtifacts):
    """The files below a directory that holds no links."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._top = root

    def files(self) -> Iterator[str]:
        """Their paths, relative to the root."""
        for folder, _, names in os.walk(self._top):
            for name in sorted(names):
                yield (Path(folder) / name).relative_to(self._top).as_posix()

    def copy_missing(self, target: Path) -> Iterator[int]:
        """Copy what is not in a directory yet with its size, each file whole or not at all; gives their sizes."""
        for path in self.files():
            here, there = self._top / path, target / path
            size = here.stat().st_size
            if there.is_file() and there.stat().st_size == size:
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            staging = there.with_name(f".{secrets.token_hex(8)}.part")
            try:
                shutil.copyfile(here, staging)
                staging.replace(there)
            finally:
                staging.unlink(missing_ok=True)
            yield size
