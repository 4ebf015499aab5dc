"""What a local package is, as one hash: its content, or only what its metadata is made from."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from mlproj.errors import EnvironmentSpecError

_NOT_SOURCE = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".venv", "venv", "build", "dist", "node_modules", "mlruns"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".ipynb_checkpoints", ".hypothesis", ".cache"}
)


def metadata_hash(path: Path) -> str:
    """Changes with the files that a package's name, version and dependencies are made from."""
    if path.is_file():
        return content_hash(path)
    names = [path / "pyproject.toml", path / "setup.py", path / "setup.cfg", *sorted(path.glob("requirements*.txt"))]
    return _digest((file for file in names if file.is_file()), path)


def content_hash(path: Path) -> str:
    """Changes with every file of a package's source; what builds and tools leave there does not count."""
    if path.is_file():
        return _digest([path], path.parent)
    return _digest(_walk(path), path)


def _walk(path: Path) -> Iterator[Path]:
    for folder, directories, names in os.walk(path):
        directories[:] = sorted(
            name for name in directories if name not in _NOT_SOURCE and not name.endswith(".egg-info")
        )
        for name in sorted(names):
            file = Path(folder) / name
            if not name.endswith((".pyc", ".pyo")) and file.is_file():
                yield file


def _digest(files: Iterator[Path] | list[Path], base: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        name = file.relative_to(base).as_posix().encode("utf-8", "surrogateescape")
        digest.update(len(name).to_bytes(8, "big") + name)
        try:
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise EnvironmentSpecError(f"cannot be read: {error.strerror}", where=str(file)) from error
    return digest.hexdigest()
