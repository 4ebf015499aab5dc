"""Hashes of files, remembered in one SQLite file by what the file system says of each file.

The cache is an aid: what cannot be read or written of it is as if it were not there.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sqlite3 import Connection

_BATCH = 500
_PATIENCE = 0.5
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
  path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, sha256 BLOB
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What must be the same for a file to be taken for unchanged; times in ns."""

    size: int
    mtime: int
    ctime: int
    inode: int


class HashCache:
    """The cache in a file, which is opened when it is needed and closed at the end of the block."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened = False
        self._database: Connection | None = None

    def find(self, stamps: Mapping[str, Stamp]) -> dict[str, str]:
        """The hashes of those files that are as they were when they were hashed."""
        self._open()
        found: dict[str, str] = {}
        names = {os.fsencode(path): path for path in stamps}
        for keys in _batches(list(names)):
            marks = ",".join("?" * len(keys))
            query = f"SELECT path, size, mtime, ctime, inode, sha256 FROM files WHERE path IN ({marks})"  # noqa: S608 - marks
            for key, size, mtime, ctime, inode, digest in self._ask(query, keys):
                if stamps[names[key]] == Stamp(size, mtime, ctime, inode):
                    found[names[key]] = digest.hex()
        return found

    def keep(self, hashes: Mapping[str, tuple[Stamp, str]]) -> None:
        """Remember hashes for the next time."""
        if self._database is None or not hashes:
            return
        rows = (
            (os.fsencode(path), stamp.size, stamp.mtime, stamp.ctime, stamp.inode, bytes.fromhex(digest))
            for path, (stamp, digest) in hashes.items()
        )
        import sqlite3

        with contextlib.suppress(sqlite3.Error), self._database:
            self._database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _ask(self, query: str, values: Sequence[bytes]) -> Iterator[tuple[bytes, int, int, int, int, bytes]]:
        if self._database is None:
            return
        import sqlite3

        with contextlib.suppress(sqlite3.Error):
            yield from self._database.execute(query, values)

    def _open(self) -> None:
        if self._opened:
            return None
        self._opened = True
        import sqlite3

        for _ in range(2):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(self._file, timeout=_PATIENCE, check_same_thread=False)
                self._database.execute("PRAGMA synchronous = OFF")
                self._database.execute(_SCHEMA)
            except sqlite3.OperationalError:  # locked, or not ours to write
                return self._close()
            except sqlite3.DatabaseError:
                self._close()
                with contextlib.suppress(OSError):
                    self._file.unlink()
            except OSError:
                return self._close()
            else:
                return None
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _batches(keys: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
