"""Artifacts in S3, GCS or Azure. Imported and opened when something is first asked of them."""

import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from mlproj.errors import InvalidValueError, NotFoundError, SettingError
from mlproj.tracking.artifacts import check_path
from mlproj.tracking.entities import FileInfo
from mlproj.tracking.object_store_config import Location

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PART = 16 * 1024 * 1024  # a file may have 10,000 of them
PARTS_AT_ONCE = 4
BUFFER = 256 * 1024


class ObjectArtifacts:
    """Objects below a prefix of a bucket. Names with control characters are refused."""

    def __init__(self, bucket: "Bucket", prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def list(self, path: str = "") -> tuple[FileInfo, ...]:
        import obstore

        clean = check_path(path)
        with self._translated(clean):
            found = obstore.list_with_delimiter(self._bucket.store(), self._key(clean) or None)
        files = {self._below(item["path"]): item["size"] for item in found["objects"]}
        folders = {self._below(prefix) for prefix in found["common_prefixes"]}
        infos = [FileInfo(path=name, is_dir=False, file_size=size) for name, size in files.items() if name]
        infos += [FileInfo(path=name, is_dir=True) for name in folders if name]
        return tuple(sorted(infos, key=lambda info: (info.path, info.is_dir)))

    def open(self, path: str) -> BinaryIO:
        import obstore

        from mlproj.tracking.object_store_reading import ObjectFile

        clean = check_path(path)
        if not clean:
            raise InvalidValueError(f"the artifact {path!r} is a directory")
        try:
            with self._translated(clean):
                meta = obstore.head(self._bucket.store(), self._key(clean))
        except NotFoundError:
            if self.list(clean):
                raise InvalidValueError(f"the artifact {path!r} is a directory") from None
            raise
        file = ObjectFile(meta, lambda offset, etag: self._read_from(clean, offset, etag))
        return cast("BinaryIO", io.BufferedReader(file, BUFFER))

    def write(self, path: str, content: Iterator[bytes]) -> None:
        import obstore

        clean = check_path(path)
        if not clean or path.endswith("/"):
            raise InvalidValueError(f"the artifact path {path!r} names a directory")
        first, ended = _first_part(content)
        with self._translated(clean):
            if ended:
                obstore.put(self._bucket.store(), self._key(clean), first, use_multipart=False)
                return
            whole = chain((first,), content)
            obstore.put(self._bucket.store(), self._key(clean), whole, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)

    def delete(self, path: str) -> None:
        """Remove a file or a directory; no error if it is not there."""
        import obstore

        clean = check_path(path)
        with self._translated(clean):
            store = self._bucket.store()
            for batch in obstore.list(store, self._key(clean) or None):
                obstore.delete(store, [item["path"] for item in batch])
            if clean:
                try:
                    obstore.delete(store, self._key(clean))
                except FileNotFoundError:
                    return

    def local_directory(self) -> Path | None:
        return None

    def _read_from(self, path: str, offset: int, etag: str | None) -> Iterator[bytes]:
        import obstore

        options: Any = {"range": {"offset": offset}} | ({"if_match": etag} if etag else {})
        with self._translated(path):
            for chunk in obstore.get(self._bucket.store(), self._key(path), options=options).stream(
                min_chunk_size=BUFFER
            ):
                yield bytes(chunk)

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self._prefix, path) if part)

    def _below(self, key: str) -> str:
        return key.removeprefix(f"{self._prefix}/") if self._prefix else key

    def _translated(self, path: str) -> AbstractContextManager[None]:
        from mlproj.tracking.object_store_faults import translated

        return translated(path, kind=self._bucket.location.kind, uri=self._bucket.location.uri)


class Bucket:
    """A bucket, opened when it is first needed, and anew after a fork; its connections are shared."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self._opened: tuple[int, ObjectStore] | None = None

    def store(self) -> "ObjectStore":
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), _open(self.location))
        return self._opened[1]


def require_client(uri: str) -> None:
    """Raise unless the client library is there: it comes with an extra."""
    try:
        import obstore  # noqa: F401 - to see whether it is there
    except ImportError as error:
        raise SettingError(
            "artifacts in an object store need the extra `cloud`", where=uri, hint="pip install 'mlproj[cloud]'"
        ) from error


def _first_part(content: Iterator[bytes]) -> tuple[bytes, bool]:
    """What goes in one request if the content ends with it."""
    first = bytearray()
    for chunk in content:
        first += chunk
        if len(first) >= PART:
            return bytes(first), False
    return bytes(first), True


def _open(location: Location) -> "ObjectStore":
    from obstore.exceptions import BaseError
    from obstore.store import AzureStore, GCSStore, S3Store

    kinds: Any = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
    try:
        store: ObjectStore = kinds[location.kind](
            location.bucket,
            config=dict(location.config),
            client_options=dict(location.client),
            retry_config={"max_retries": 4},
        )
    except (BaseError, ValueError, TypeError, OSError) as error:
        raise SettingError(
            "the variables of the object store have values that cannot be used",
            where=location.uri,
            hint=f"look at the names: {', '.join(sorted(location.config)) or 'none are set'}",
        ) from error
    return store
