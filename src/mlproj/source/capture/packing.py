"""Files of a directory in one archive and back: the same files give the same bytes."""

import gzip
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from mlproj.errors import SourceError
from mlproj.record.values import FileFact

_LEVEL = 1
_MODES = {"file": 0o644, "executable": 0o755, "link": 0o777}


def pack(top: Path, files: Iterable[FileFact], archive: Path) -> None:
    """Write files below `top` to a new tar archive, compressed; times and owners are left out.

    Raises OSError, also for a file that has changed its size since it was looked at.
    """
    with (
        archive.open("xb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for file in files:
            _add(tar, top, file)


def unpack(archive: Path, target: Path, *, where: str) -> None:
    """Unpack an archive of ours over a directory. Raises SourceError if it is damaged or would leave the directory."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for info in tar:
                _extract(tar, info, target, where)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise SourceError(f"the recorded files are damaged: {error}", where=where) from error


def _add(tar: tarfile.TarFile, top: Path, file: FileFact) -> None:
    info = tarfile.TarInfo(file.path)
    info.mode = _MODES[file.mode]
    if file.mode == "link":
        info.type = tarfile.SYMTYPE
        info.linkname = os.readlink(top / file.path)  # noqa: PTH115 - a Path is not what the link says
        tar.addfile(info)
        return
    info.size = file.size
    with (top / file.path).open("rb") as content:
        tar.addfile(info, content)


def _extract(tar: tarfile.TarFile, info: tarfile.TarInfo, target: Path, where: str) -> None:
    import shutil

    path = PurePosixPath(info.name)
    place = target / path
    if path.is_absolute() or ".." in path.parts or not place.parent.resolve().is_relative_to(target.resolve()):
        raise SourceError(f"the recorded files would leave the checkout: {info.name!r}", where=where)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() or place.exists():
        place.unlink()
    if info.issym():
        place.symlink_to(info.linkname)
        return
    content = tar.extractfile(info)
    if content is None:
        raise SourceError(f"the recorded files hold what is no file: {info.name!r}", where=where)
    with content, place.open("xb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    if info.mode & 0o100:
        mode = place.stat().st_mode
        place.chmod(mode | (mode & 0o444) >> 2)
