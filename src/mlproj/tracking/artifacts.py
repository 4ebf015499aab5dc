"""Artifacts in a directory of this machine."""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mlproj.errors import InvalidValueError, MlprojError, NotFoundError, TrackingError
from mlproj.tracking.entities import FileInfo


def check_path(path: str) -> str:
    """An artifact path that stays below its root: slashes, no `..`, not absolute; or InvalidValueError."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or _REFUSED.search(path):
        raise InvalidValueError(f"Invalid path: {path!r}", hint="artifact paths are relative and stay below their root")
    return "/".join(part for part in parts if part not in {"", "."})


_REFUSED = re.compile(r"[\\#\0\ud800-\udfff]|^[A-Za-z]:/")
_STAGING = re.compile(r"\.[0-9a-f]{16}\.part")
_WRONG_NAMES = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP, errno.EILSEQ})


class LocalArtifacts:
    """Files below `root`, which need not exist yet. Links that lead out of it are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self, path: str = "") -> tuple[FileInfo, ...]:
        directory = self._locate(path)
        prefix = check_path(path)
        try:
            with os.scandir(directory) as entries:
                found = [info for entry in entries if (info := self._info(entry, prefix)) is not None]
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise _fault(error, directory) from error
        return tuple(sorted(found, key=lambda info: info.path))

    def open(self, path: str) -> BinaryIO:
        file = self._locate(path)
        if _is_directory(file):
            raise InvalidValueError(f"the artifact {path!r} is a directory")
        try:
            return file.open("rb")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(f"no artifact {path!r}") from error
        except OSError as error:
            raise _fault(error, file) from error

    def write(self, path: str, content: Iterator[bytes]) -> None:
        file = self._locate(path)
        if not check_path(path) or path.endswith("/") or _is_directory(file):
            raise InvalidValueError(f"the artifact path {path!r} names a directory")
        staging = file.with_name(f".{secrets.token_hex(8)}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with staging.open("xb") as target:
                for chunk in content:
                    target.write(chunk)
            staging.replace(file)
        except BaseException as error:
            with suppress(OSError):
                staging.unlink()
            if isinstance(error, FileExistsError | NotADirectoryError):
                raise InvalidValueError(f"a file stands in the way of the artifact {path!r}") from error
            if isinstance(error, OSError):
                raise _fault(error, file) from error
            raise

    def delete(self, path: str) -> None:
        """Remove a file or a directory; no error if it is not there."""
        target = self._locate(path)
        try:
            if _is_directory(target):
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
        except OSError as error:
            raise _fault(error, target) from error

    def local_directory(self) -> Path | None:
        return self._root

    def _locate(self, path: str) -> Path:
        target = self._root / check_path(path)
        try:
            inside = target.resolve().is_relative_to(self._root.resolve())
        except (OSError, RuntimeError) as error:
            raise InvalidValueError(
                f"Invalid path: {path[:200]!r}", hint="it is too long, or a link to itself"
            ) from error
        if not inside:
            raise InvalidValueError(f"Invalid path: {path!r}", hint="a link there leads out of the artifact root")
        return target

    def _info(self, entry: "os.DirEntry[str]", prefix: str) -> FileInfo | None:
        if _STAGING.fullmatch(entry.name):
            return None
        path = f"{prefix}/{entry.name}" if prefix else entry.name
        try:
            if entry.is_dir():
                return FileInfo(path=path, is_dir=True)
            return FileInfo(path=path, is_dir=False, file_size=entry.stat().st_size)
        except OSError:
            return None


def _is_directory(path: Path) -> bool:
    """Also for a name that no file system takes, on which pathlib raises."""
    return os.path.isdir(path)  # noqa: PTH112 - see above


def _fault(error: OSError, path: Path) -> MlprojError:
    if error.errno in _WRONG_NAMES:
        return InvalidValueError(f"Invalid path: {error.strerror}", where=str(path)[:500])
    return TrackingError(
        f"cannot use the artifact: {error.strerror or error}", where=str(path), hint="check permissions and free space"
    )
