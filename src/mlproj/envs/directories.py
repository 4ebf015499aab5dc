"""Our directories in the cache."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from mlproj.config import Settings, user_home
from mlproj.errors import BuildError, DirectoryError
from mlproj.system.files import make_directory

_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This directory holds caches of mlproj: backup programs may leave it out.\n"
)


def cache_directory(settings: Settings, name: str) -> Path:
    """A directory of the cache, made if need be; the cache as a whole is marked for backup programs."""
    directory = make_directory(settings.cache_dir / name)
    tag = settings.cache_dir / "CACHEDIR.TAG"
    if not tag.exists():
        from mlproj.system.files import write_atomically

        write_atomically(tag, _TAG)
    return directory


def home_variables(settings: Settings) -> dict[str, str]:
    """A home for installers and what they start, where the user has none: otherwise uv keeps its cache in the working
    directory, which is the user's project, and pip and virtualenv do not start.
    """
    return {} if user_home(settings.environ) is not None else {"HOME": str(settings.cache_dir / "home")}


@contextlib.contextmanager
def explained(place: Path, log: Path | None) -> Iterator[None]:
    """The operating system's refusals as one line: a full disk, no permission."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BuildError(
                "no space left on the disk",
                where=str(place),
                hint="free some space; 'mlproj env gc' removes environments that are not used",
                log=log,
            ) from error
        raise DirectoryError(
            f"cannot be written: {error.strerror or error}",
            where=str(error.filename or place),
            hint="set MLPROJ_CACHE_DIR to a directory that you may write",
        ) from error
