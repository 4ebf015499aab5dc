"""Artifacts of a run through the server's proxy."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote

from mlproj.errors import InvalidValueError, NotFoundError, ServerRefusedError
from mlproj.tracking.artifacts import check_path
from mlproj.tracking.entities import FileInfo
from mlproj.tracking.rest import wire
from mlproj.tracking.rest.connection import OUT_OF_RANGE, Connection

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

IN_MEMORY = 8 * 1024 * 1024
CHUNK = 256 * 1024
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
Files = list[FileInfo]


class RestArtifacts:
    """The files of a run or model; `root` is the path of its artifacts below the server's artifact root.

    Those of a run are listed by its id, others by their path.
    """

    def __init__(self, connection: Connection, root: str, *, run_id: str = "") -> None:
        self._connection = connection
        self._run_id = run_id
        self._root = root.strip("/")

    def list(self, path: str = "") -> tuple[FileInfo, ...]:
        clean = check_path(path)
        found = self._of_run(clean) if self._run_id else self._below_root(clean)
        return tuple(sorted(found, key=lambda info: info.path))

    def _of_run(self, path: str) -> Files:
        return self._pages("/api/2.0/mlflow/artifacts/list", ("run_id", self._run_id), ("path", path))

    def _pages(self, address: str, *query: tuple[str, str]) -> Files:
        found: Files = []
        token = ""
        while True:
            given = [(key, value) for key, value in (*query, ("page_token", token)) if value]
            answer = self._connection.call("GET", address, query=given)
            with self._connection.understanding():
                found += [wire.read_file(item) for item in answer.get("files", ())]
            token = answer.get("next_page_token", "")
            if not token:
                return found

    def _below_root(self, path: str) -> Files:
        """The server gives names alone, and a file that is asked for as a directory is its own only entry."""
        found = self._names(path)
        name = path.rpartition("/")[2]
        if path and [(info.path, info.is_dir) for info in found] == [(name, False)]:
            parent = self._names(path.rpartition("/")[0])
            found = found if any(info.path == name and info.is_dir for info in parent) else []
        return [replace(info, path=f"{path}/{info.path}" if path else info.path) for info in found]

    def _names(self, path: str) -> Files:
        query = [("path", f"{self._root}/{path}".rstrip("/"))]
        answer = self._connection.call("GET", PROXY, query=query)
        with self._connection.understanding():
            return [wire.read_file(item) for item in answer.get("files", ())]

    def open(self, path: str) -> BinaryIO:
        """The file, to be read from the beginning or, after a seek, from any place."""
        with _plain_statuses(path):
            remote = _RemoteFile(self._connection, self._url(path))
        return cast("BinaryIO", io.BufferedReader(remote, CHUNK))

    def write(self, path: str, content: Iterator[bytes]) -> None:
        from mimetypes import guess_type
        from tempfile import SpooledTemporaryFile

        url = self._url(path)
        if path.endswith("/"):
            raise InvalidValueError(f"the artifact path {path!r} names a directory")
        with SpooledTemporaryFile(IN_MEMORY) as spool:
            for chunk in content:
                spool.write(chunk)
            size = spool.tell()
            spool.seek(0)
            kind = guess_type(path)[0] or "application/octet-stream"
            headers = {"Content-Type": kind, "Content-Length": str(size)}
            with _plain_statuses(path):
                self._connection.send("PUT", url, content=cast("BinaryIO", spool) if size else b"", headers=headers)

    def delete(self, path: str) -> None:
        with suppress(NotFoundError), _plain_statuses(path):
            self._connection.send("DELETE", self._url(path))

    def local_directory(self) -> Path | None:
        return None

    def _url(self, path: str) -> str:
        clean = check_path(path)
        if not clean:
            raise InvalidValueError(f"the artifact path {path!r} names a directory")
        return f"{PROXY}/{quote(f'{self._root}/{clean}')}"


@contextmanager
def _plain_statuses(path: str) -> Iterator[None]:
    """MLflow's own server gives some errors of the artifact proxy as a bare HTTP status."""
    try:
        yield
    except ServerRefusedError as error:
        if error.status == 400:  # noqa: PLR2004 - bad request
            raise InvalidValueError(f"the server does not take the artifact path {path!r}") from error
        if error.status == 404:  # noqa: PLR2004 - not found
            raise NotFoundError(f"no artifact {path!r}") from error
        raise


class _RemoteFile(io.RawIOBase):
    """A file behind a URL; reading after a seek asks for the rest only."""

    def __init__(self, connection: Connection, url: str) -> None:
        super().__init__()
        self._connection = connection
        self._url = url
        self._position = 0
        self._answer: BaseHTTPResponse | None = self._ask()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the size of a remote file is not known")
        target = offset + (self._position if whence == io.SEEK_CUR else 0)
        if target != self._position:
            self._drop()
            self._position = target
        return self._position

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override] # any writable buffer
        if self._answer is None:
            self._answer = self._ask()
        data = b"" if self._answer is None else self._connection.read(self._answer, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._drop()
        super().close()

    def _drop(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None

    def _ask(self) -> "BaseHTTPResponse | None":
        """The answer from the position on; None if the file ends before it."""
        start = self._position
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            answer = self._connection.send("GET", self._url, headers=headers, preload=False)
        except ServerRefusedError as error:
            if start and error.status == OUT_OF_RANGE:
                return None
            raise
        if start and answer.status != 206:  # noqa: PLR2004 - a server that knows no ranges sends the whole file
            while start and (skipped := self._connection.read(answer, min(start, CHUNK))):
                start -= len(skipped)
        return answer
