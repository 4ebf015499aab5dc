"""Archives and bundles of code, kept in the cache by what is in them: the next run of the same code links them."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from mlproj.record.values import FileFact
from mlproj.system.files import link_or_copy, make_directory

FOLDER = "captures"


def keep(files: Iterable[FileFact], top: Path, target: Path, *, cache_dir: Path) -> None:
    """Have an archive of the files at `target`. Raises OSError."""
    from mlproj.source.capture.packing import pack

    files = tuple(files)
    text = "".join(f"{file.mode}\0{file.path}\0{file.sha256}\n" for file in files)
    key = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
    keep_as(f"{key}.tar.gz", target, lambda staging: pack(top, files, staging), cache_dir=cache_dir)


def keep_as(name: str, target: Path, make: Callable[[Path], None], *, cache_dir: Path) -> None:
    """Have what `make` writes at `target`: from the cache, where it was made before under that name."""
    kept = make_directory(cache_dir / FOLDER) / name
    if not kept.exists():
        staging = kept.with_name(f".{os.urandom(8).hex()}")
        try:
            make(staging)
            staging.replace(kept)
        finally:
            staging.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.utime(kept)
    make_directory(target.parent)
    link_or_copy(kept, target)
