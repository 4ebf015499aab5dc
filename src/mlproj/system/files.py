"""Files that are whole or not there."""

import contextlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from mlproj.errors import DirectoryError


def write_atomically(path: Path, content: bytes | str, *, mode: int | None = None) -> None:
    """Write a file so that a reader sees the old content or the new one, never a part.

    The temporary file stands in the same directory, so that the move stays on one file system. `mode` is who may read
    and write the file, where that is not for the umask to say.
    """
    data = content.encode() if isinstance(content, str) else content
    staging = path.with_name(f".mlproj-{os.urandom(8).hex()}")
    try:
        with staging.open("xb") as file:
            if mode is not None:
                staging.chmod(mode)
            file.write(data)
        staging.replace(path)
    except BaseException:
        staging.unlink(missing_ok=True)
        raise


def make_directory(path: Path) -> Path:
    """Create a directory of ours, parents too; DirectoryError says what stands in the way."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DirectoryError(
            f"cannot create the directory {path}: {error.strerror}",
            hint="set MLPROJ_HOME or MLPROJ_CACHE_DIR to a directory that you may write",
        ) from error
    return path


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the file systems differ; `target` is replaced, never written into."""
    staging = target.with_name(f".mlproj-{os.urandom(8).hex()}")
    try:
        try:
            os.link(source, staging)
        except OSError:
            shutil.copyfile(source, staging)
        staging.replace(target)
    except BaseException:
        staging.unlink(missing_ok=True)
        raise
    if staging.exists():  # two names of one file: the move left both
        staging.unlink()


def remove_tree(path: Path) -> None:
    """Remove a directory tree, read-only and unreadable parts too; no error if it is not there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    opened: set[str] = set()

    def retry(function: Callable[[str], object], name: str, error: BaseException) -> None:
        if isinstance(error, FileNotFoundError):
            return
        if not isinstance(error, PermissionError) or name in opened:
            raise error
        if Path(name) != path:  # what holds the tree is not ours to change
            Path(name).parent.chmod(stat.S_IRWXU)
        if function in {os.unlink, os.rmdir}:
            function(name)
            return
        opened.add(name)
        Path(name).chmod(stat.S_IRWXU)
        remove(name)

    def remove(name: str | Path) -> None:
        shutil.rmtree(name, onerror=lambda function, name, info: retry(function, name, info[1]))

    remove(path)


def tree_size(path: Path) -> int:
    """Bytes on disk below a directory; a file with several links in the tree counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                status = (Path(folder) / name).lstat()
                if (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    total += status.st_blocks * 512
    return total
