"""Our directories in the cache."""

from pathlib import Path

from mlproj.config import Settings
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
