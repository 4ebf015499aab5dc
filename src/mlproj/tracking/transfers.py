"""Whole trees of artifacts, to and from directories of this machine."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from posixpath import join
from typing import BinaryIO

from mlproj.errors import NotFoundError
from mlproj.tracking.artifacts import LocalArtifacts, check_path
from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import FileInfo

CHUNK = 256 * 1024

OnBytes = Callable[[int], None]


def find_files(artifacts: Artifacts, path: str = "") -> Iterator[FileInfo]:
    """The files at or below a path, directories left out."""
    clean = check_path(path)
    found = artifacts.list(clean)
    if not found and clean:
        parent = clean.rpartition("/")[0]
        yield from (info for info in artifacts.list(parent) if info.path == clean and not info.is_dir)
    for info in found:
        if info.is_dir:
            yield from find_files(artifacts, info.path)
        else:
            yield info


def download(artifacts: Artifacts, info: FileInfo, directory: Path, *, on_bytes: OnBytes = lambda _: None) -> Path:
    """Write one artifact below a directory, at its own path, whole or not at all."""
    with artifacts.open(info.path) as file:
        LocalArtifacts(directory).write(info.path, _chunks(file, on_bytes))
    return directory / info.path


def plan_upload(source: Path, target: str = "") -> list[tuple[Path, str]]:
    """The files of a file or directory, each with its artifact path: `target`, then the name of the source."""
    if source.is_file():
        return [(source, join(target, source.name))]
    if not source.is_dir():
        raise NotFoundError(f"no such file or directory: {source}")
    name = source.resolve().name
    found = [Path(folder, file) for folder, _, files in os.walk(source) for file in files]
    regular = sorted(file for file in found if file.is_file())
    return [(file, join(target, name, file.relative_to(source).as_posix())) for file in regular]


def upload(artifacts: Artifacts, file: Path, path: str, *, on_bytes: OnBytes = lambda _: None) -> None:
    """Log one file as an artifact."""
    with file.open("rb") as content:
        artifacts.write(path, _chunks(content, on_bytes))


def _chunks(file: BinaryIO, on_bytes: OnBytes) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        on_bytes(len(chunk))
        yield chunk
