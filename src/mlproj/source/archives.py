"""Zip archives: unpacked into a directory that no member can leave."""

import re
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mlproj.errors import SourceError
from mlproj.system.files import make_directory

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MOST_MEMBERS = 200_000
LARGEST_RATIO = 200
ALWAYS_ALLOWED = 100 << 20


def unpack(archive: Path, target: Path, *, where: str, most_members: int = MOST_MEMBERS, literal: bool = False) -> None:
    """Unpack a zip archive into the new directory `target`.

    Backslashes are taken for slashes, which some Windows programs write, unless names are meant to be `literal`.

    Raises SourceError if it is none, is damaged, or holds what has no business in an archive of code.
    """
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(archive) as opened:
            members = [(info, _safe_path(info, where, literal=literal)) for info in opened.infolist()]
            _check_size(opened, archive, where, most_members)
            make_directory(target)
            for info, path in members:
                _write(opened, info, target / path, where, literal=literal)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"this is no zip archive, or a damaged one: {error}", where=where) from error
    except (NotImplementedError, RuntimeError) as error:
        raise SourceError(f"the archive cannot be unpacked: {error}", where=where) from error


def only_directory(top: Path) -> str | None:
    """The one directory where the project of an archive seems to be, as in those that GitHub makes, or None."""
    names = [path.name for path in top.iterdir() if path.name != "__MACOSX"]
    directories = [name for name in names if (top / name).is_dir()]
    if len(directories) != 1 or _has_project(top):
        return None
    return directories[0] if len(names) == 1 or _has_project(top / directories[0]) else None


def _has_project(directory: Path) -> bool:
    return any(path.name.lower() == "mlproject" for path in directory.iterdir())


def _safe_path(info: "ZipInfo", where: str, *, literal: bool) -> PurePosixPath:
    name = info.filename if literal else info.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        raise SourceError(f"the archive has a member that would leave its directory: {info.filename!r}", where=where)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        what = "symbolic link" if kind == stat.S_IFLNK else "special file"
        raise SourceError(f"the archive has a {what} in it: {info.filename!r}", where=where)
    return path


def _check_size(opened: "ZipFile", archive: Path, where: str, most_members: int) -> None:
    members = opened.infolist()
    total = sum(info.file_size for info in members)
    packed = max(archive.stat().st_size, 1)
    if len(members) > most_members or (total > ALWAYS_ALLOWED and total > packed * LARGEST_RATIO):
        raise SourceError(
            f"the archive would unpack to {len(members)} files of {total >> 20} MiB, more than code ever is",
            where=where,
        )
    import shutil

    if total > shutil.disk_usage(archive.parent).free:
        raise SourceError(
            f"no space is left on the disk for the {total >> 20} MiB of the archive",
            where=where,
            hint="free some, or set MLPROJ_CACHE_DIR",
        )


def _write(opened: "ZipFile", info: "ZipInfo", path: Path, where: str, *, literal: bool) -> None:
    import shutil

    if info.is_dir() or (info.filename.endswith("\\") and not literal):
        path.mkdir(parents=True, exist_ok=True)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as packed, path.open("xb") as file:
            shutil.copyfileobj(packed, file)
    except FileExistsError as error:
        raise SourceError(f"the archive has two members of the name {info.filename!r}", where=where) from error
    if (info.external_attr >> 16) & 0o111:
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o444) >> 2)
