"""Files to a container and back, where the engine is on another machine and sees no directory of ours."""

import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlproj.backends.container_values import CODE, BindMount, Container
from mlproj.system.container_engine import explained

State = Mapping[str, tuple[int, int]]
"""Size and time of change, in seconds, of each file that the container got."""


def state_of(root: Path) -> State:
    """What of a project goes into a container: what a builder would be sent."""
    from mlproj.envs.images.contexts import files_of

    found = {}
    for name in files_of(root):
        status = (root / name).lstat()
        found[name] = (status.st_size, int(status.st_mtime))
    return found


def copy_in(client: Any, made: str, container: Container, state: State) -> None:
    """The code, unless the image has it, and the inputs; the user of the container may write the code."""
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            if not container.baked:
                _add_directory(archive, CODE)
                for name in state:
                    _add(archive, container.code / name, f"{CODE}/{name}", recursive=False)
            for one in container.inputs:
                _add_input(archive, one)
        file.seek(0)
        with explained("the code cannot be copied to the engine's machine"):
            client.put_archive(made, "/", file)


def copy_out(client: Any, made: str, root: Path, state: State) -> tuple[str, ...]:
    """Bring back what is new or changed below the code's directory; gives the names of those files."""
    brought = []
    with explained("the outputs cannot be copied from the engine's machine"), tempfile.TemporaryFile() as file:
        chunks, _ = client.get_archive(made, CODE)
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            for member in archive:
                name = member.name.partition("/")[2]
                if name and not member.isdev() and _is_new(archive, member, root / name, state.get(name)):
                    archive.extract(member.replace(name=name), root, filter="data")
                    brought.append(name)
    return tuple(name for name in brought if not (root / name).is_dir())


def _is_new(archive: tarfile.TarFile, member: tarfile.TarInfo, here: Path, sent: tuple[int, int] | None) -> bool:
    if member.isdir():
        return not here.is_dir()
    if sent is not None and sent == (member.size, int(member.mtime)):
        return False
    if member.issym():
        return not here.is_symlink()
    content = archive.extractfile(member) if member.isreg() else None
    return content is None or not here.is_file() or here.read_bytes() != content.read()


def _add_input(archive: tarfile.TarFile, one: BindMount) -> None:
    _add(archive, one.source, one.target, recursive=True)


def _add_directory(archive: tarfile.TarFile, path: str) -> None:
    info = tarfile.TarInfo(path.lstrip("/"))
    info.type, info.mode = tarfile.DIRTYPE, 0o777
    archive.addfile(info)


def _add(archive: tarfile.TarFile, source: Path, target: str, *, recursive: bool) -> None:
    archive.add(source, arcname=target.lstrip("/"), recursive=recursive, filter=_open)


def _open(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Readable and writable for whoever the container's user is; devices and sockets stay."""
    if not (info.isreg() or info.isdir() or info.issym() or info.islnk()):
        return None
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    if not info.issym():
        info.mode |= 0o777 if info.isdir() or info.mode & 0o100 else 0o666
    return info
