"""What a builder is sent: the files of a directory less those that `.dockerignore` names, their hash, their archive."""

import hashlib
import json
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlproj.errors import EnvironmentSpecError

LARGE = 500 * 1000 * 1000
SHOWN = 3
_NEVER = ("**/.git", "MLproject.lock")
"""The lock says which content it was made from, so it can be no part of that."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """Files below `root` by their paths relative to it, sorted; `dockerfile` is the text of one that is sent along.

    `prefix` is where the files stand in the archive, `open_to_all` makes them writable there for every user.
    """

    root: Path
    files: tuple[str, ...]
    dockerfile: bytes
    prefix: str = ""
    open_to_all: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)


DOCKERFILE = ".mlproj.Dockerfile"
"""Under this name the Dockerfile goes with the files, wherever it came from."""


def files_of(root: Path, *, ignore_file: Path | None = None) -> tuple[str, ...]:
    """The files and directories below `root` that a builder gets, without `.git` and the project's lock."""
    from docker.utils.build import exclude_paths

    patterns = _patterns(ignore_file if ignore_file is not None and ignore_file.is_file() else root / ".dockerignore")
    found = exclude_paths(str(root), [*patterns, *_NEVER], dockerfile=DOCKERFILE)
    return tuple(sorted(name for name in found if name not in {"", ".", DOCKERFILE} and _can_be_sent(root / name)))


def content_hash(context: BuildContext) -> str:
    """The sha256 of all that decides about the image: names, modes and contents of files, the Dockerfile, `facts`."""
    digest = hashlib.sha256()
    head = {"prefix": context.prefix, "open": context.open_to_all, **context.facts}
    digest.update(json.dumps(head, sort_keys=True).encode() + b"\0" + context.dockerfile + b"\0")
    for name in context.files:
        path = context.root / name
        mode = path.lstat().st_mode
        digest.update(f"{name}\0{stat.S_IFMT(mode):o}{mode & 0o111:o}\0".encode(errors="surrogateescape"))
        if stat.S_ISLNK(mode):
            digest.update(os.fsencode(os.readlink(path)))  # noqa: PTH115 - bytes as they are
        elif stat.S_ISREG(mode):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def large_entries(context: BuildContext) -> tuple[int, tuple[tuple[str, int], ...]]:
    """The size of a context in bytes, and its largest entries at the top with theirs."""
    sizes: dict[str, int] = {}
    for name in context.files:
        status = (context.root / name).lstat()
        top = name.split("/")[0]
        sizes[top] = sizes.get(top, 0) + (status.st_size if stat.S_ISREG(status.st_mode) else 0)
    largest = sorted(sizes.items(), key=lambda pair: -pair[1])[:SHOWN]
    return sum(sizes.values()), tuple(largest)


def write_archive(context: BuildContext, target: BinaryIO) -> None:
    """The context as a tar archive."""
    from io import BytesIO

    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        head = tarfile.TarInfo(DOCKERFILE)
        head.size = len(context.dockerfile)
        archive.addfile(head, BytesIO(context.dockerfile))
        for folder in _parents(context.prefix):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o777 if context.open_to_all else 0o755
            archive.addfile(info)
        for name in context.files:
            _add(archive, context, name)


def _add(archive: tarfile.TarFile, context: BuildContext, name: str) -> None:
    path = context.root / name
    info = archive.gettarinfo(path, arcname=f"{context.prefix}{name}")
    if info.islnk():  # a hard link within the tree: the builder gets a file of its own
        info.type, info.linkname, info.size = tarfile.REGTYPE, "", path.stat().st_size
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    if context.open_to_all and not info.issym():
        info.mode |= 0o777 if info.isdir() or info.mode & 0o100 else 0o666
    if info.isreg():
        with path.open("rb") as file:
            archive.addfile(info, file)
    else:
        archive.addfile(info)


def _parents(prefix: str) -> Iterator[str]:
    parts = prefix.strip("/").split("/") if prefix else []
    for number in range(len(parts)):
        yield "/".join(parts[: number + 1])


def _patterns(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentSpecError("cannot be read as text", where=str(file)) from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _can_be_sent(path: Path) -> bool:
    """Sockets, pipes and devices cannot."""
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
