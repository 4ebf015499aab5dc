"""Tracked files that a work tree does not have, or has otherwise, and no diff of git's can say so."""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from mlproj.errors import SourceError
from mlproj.source.git.reading import GitReader
from mlproj.system.files import remove_tree

_BATCH = 200


def hidden_changes(reader: GitReader, hidden: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Of files that git does not look for, by their paths in the repository: those that changed, those that are gone.

    `hidden` has the objects in the index. Raises ProgramFailedError.
    """
    there = [path for path in hidden if os.path.lexists(reader.directory / path)]
    changed = [path for path in there if (reader.directory / path).is_symlink()]
    files = [path for path in there if path not in changed and (reader.directory / path).is_file()]
    for start in range(0, len(files), _BATCH):
        batch = files[start : start + _BATCH]
        found = reader.ask("hash-object", "--", *batch, check=True).stdout.split()
        changed += [path for path, blob in zip(batch, found, strict=True) if blob != hidden[path]]
    return changed, [path for path in hidden if path not in {*there}]


def folded(absent: Iterable[str], present: Iterable[str]) -> tuple[str, ...]:
    """The paths, with a directory (and a slash) for all that is in it where nothing of it is there."""
    around = {str(parent) for path in present for parent in PurePosixPath(path).parents}
    found = set()
    for path in absent:
        parents = [str(parent) for parent in reversed(PurePosixPath(path).parents) if str(parent) != "."]
        gone = next((parent for parent in parents if parent not in around), None)
        found.add(path if gone is None else f"{gone}/")
    return tuple(sorted(found))


def remove_absent(absent: Collection[str], directory: Path, *, where: str) -> None:
    """Take files, and directories that end in a slash, out of a checkout. Raises SourceError for one outside of it."""
    for path in absent:
        place = directory / path
        inside = PurePosixPath(path)
        if inside.is_absolute() or ".." in inside.parts or not inside.parts:
            raise SourceError(f"the recorded files would leave the checkout: {path!r}", where=where)
        if not place.parent.resolve().is_relative_to(directory.resolve()):
            raise SourceError(f"the recorded files would leave the checkout: {path!r}", where=where)
        if place.is_dir() and not place.is_symlink():
            remove_tree(place)
        else:
            place.unlink(missing_ok=True)
