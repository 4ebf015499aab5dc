"""The files that a declared path, directory or glob stands for, in the order of their paths."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlproj.project.declarations import is_glob


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A regular file: its path as it is told (relative to the project, or absolute), where it is, its state."""

    path: str
    place: str
    state: os.stat_result


def walk(root: Path, path: str, *, is_pattern: bool = True) -> Iterator[Found]:
    """The regular files at a path relative to `root`; of a directory those below it, of a glob those of every match.

    Links are followed, each directory once. Without `is_pattern` a `*` is only a character. Nothing for a path where
    there is nothing. What cannot be read is left out.
    """
    place = root / path
    if not is_pattern or not is_glob(path) or os.path.lexists(place):
        yield from _below(_clean(path), str(place), set())
        return
    base = Path(path)
    start, pattern = (Path(base.anchor), base.relative_to(base.anchor)) if base.is_absolute() else (root, base)
    seen: set[str] = set()
    for match in sorted(start.glob(str(pattern)), key=lambda found: f"{found}/" if found.is_dir() else str(found)):
        told = str(match) if base.is_absolute() else match.relative_to(root).as_posix()
        for found in _below(told, str(match), set()):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _clean(path: str) -> str:
    return os.path.normpath(path)


def _below(path: str, place: str, around: set[tuple[int, int]]) -> Iterator[Found]:
    try:
        state = os.stat(place)  # noqa: PTH116 - a million of them
    except (OSError, ValueError):
        return
    if stat.S_ISREG(state.st_mode):
        yield Found(path=path, place=place, state=state)
    if not stat.S_ISDIR(state.st_mode) or (state.st_dev, state.st_ino) in around:
        return
    try:
        names = [(entry.name, _may_be_directory(entry)) for entry in os.scandir(place)]
    except OSError:
        return
    inside = around | {(state.st_dev, state.st_ino)}
    # As if directories ended in a slash: so the walk has the order of the paths.
    for name, _ in sorted(names, key=lambda entry: f"{entry[0]}/" if entry[1] else entry[0]):
        yield from _below(name if path == "." else f"{path}/{name}", f"{place}/{name}", inside)


def _may_be_directory(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
