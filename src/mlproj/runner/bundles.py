"""A run as one file: a zip archive that is an RO-Crate and holds the run's own files."""

from pathlib import Path

from mlproj.errors import InvalidValueError
from mlproj.runner.files import FOLDER, RECORD


def unpack_bundle(file: Path, target: Path) -> Path:
    """Unpack a bundle; gives its `run.json`. Raises InvalidValueError if it is none."""
    from mlproj.source.archives import unpack

    if not is_bundle(file):
        raise InvalidValueError(
            "not a bundle of a run", where=str(file), hint="write one: mlproj export RUN -o FILE.zip"
        )
    unpack(file, target, where=str(file))
    return target / FOLDER / RECORD


def is_bundle(file: Path) -> bool:
    """Whether this is a zip archive with a run's record in it."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as opened:
            return f"{FOLDER}/{RECORD}" in opened.namelist()
    except (OSError, BadZipFile):
        return False
