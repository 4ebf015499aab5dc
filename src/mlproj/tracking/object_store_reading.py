"""A file in an object store, read as a stream from wherever the reader is."""

import io
from collections.abc import Callable, Iterator
from typing import Any

STREAMED = 256 * 1024


class ObjectFile(io.RawIOBase):
    """`meta` is what the store knows of the object; `read_from` streams it from an offset on.

    `etag` changes when the object does. A reader sees one version of the object or an error, never two.
    """

    def __init__(self, meta: Any, read_from: Callable[[int, str | None], Iterator[bytes]]) -> None:
        super().__init__()
        self.size: int = meta["size"]
        self.etag: str | None = meta["e_tag"]
        self._read_from = read_from
        self._position = 0
        self._chunks: Iterator[bytes] | None = None
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if (target := start + offset) < 0:
            raise ValueError(f"negative seek position {target}")
        if target != self._position:
            self._chunks, self._rest = None, memoryview(b"")
            self._position = target
        return target

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override] # any writable buffer
        if not self._rest:
            self._rest = memoryview(self._next())
        data = self._rest[: len(buffer)]
        self._rest = self._rest[len(data) :]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._chunks, self._rest = None, memoryview(b"")
        super().close()

    def _next(self) -> bytes:
        if self._position >= self.size:
            return b""
        if self._chunks is None:
            self._chunks = self._read_from(self._position, self.etag)
        return next(self._chunks, b"")
