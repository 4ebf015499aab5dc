"""Path parameters that nothing declares as inputs: where they are, and what they hold, as far as that is quickly read.

So that a run can be made again that was given data from anywhere, and is not taken for another one's.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlproj.project.model import Binding, BoundParameter, ParameterType
from mlproj.record.values import FileFact, InputRecord
from mlproj.runner.past.covering import is_covered
from mlproj.runner.recording.declared_inputs import record_of
from mlproj.runner.recording.file_walk import Found, walk
from mlproj.source.checkout import Checkout
from mlproj.system.hash_cache import HashCache
from mlproj.system.hashing import OnBytes, hash_files

MOST_FILES = 10_000
MOST_BYTES = 1 << 30
"""What is more than this is not hashed unless an input declares it: nobody asked for the time that it takes."""


def undeclared_name(parameter: str) -> str:
    """By what the content of a path parameter is recorded: as an input that names it would be."""
    return f"{{{parameter}}}"


def undeclared_paths(binding: Binding) -> Iterator[BoundParameter]:
    """The path parameters that no declared input names; secrets are nobody's business."""
    declared = " ".join(one.path for one in binding.entry_point.inputs)
    for parameter in binding.parameters:
        if parameter.type is ParameterType.PATH and not parameter.secret and f"{{{parameter.name}}}" not in declared:
            yield parameter


def recorded_path(place: str, checkout: Checkout, modes: Mapping[str, str]) -> str:
    """Where a path parameter is: relative to the project if it is in there or comes with the code, else absolute."""
    root, top = checkout.root, checkout.top
    for path, inside, around in (
        (os.path.normpath(place), root, top),
        (os.path.realpath(place), root.resolve(), top.resolve()),
    ):
        if Path(path).is_relative_to(inside):
            return Path(path).relative_to(inside).as_posix()
        at_top = str(top / Path(path).relative_to(around)) if Path(path).is_relative_to(around) else None
        if at_top is not None and is_covered(at_top, modes, checkout):
            return os.path.relpath(path, inside)
    return os.path.normpath(place)


def read_paths(
    binding: Binding,
    place: Mapping[str, str],
    checkout: Checkout,
    modes: Mapping[str, str],
    *,
    cache: Path,
    on_bytes: OnBytes | None = None,
) -> dict[str, InputRecord]:
    """What the path parameters hold that neither the code nor a declared input has; by `undeclared_name`."""
    records = {}
    for parameter in undeclared_paths(binding):
        at = place.get(parameter.name)
        if at is None or is_covered(at, modes, checkout):
            continue
        records[undeclared_name(parameter.name)] = _read(
            parameter.name, recorded_path(at, checkout, modes), checkout.root, cache, on_bytes
        )
    return records


def _read(name: str, path: str, root: Path, cache: Path, on_bytes: OnBytes | None) -> InputRecord:
    found = _bounded(root, path)
    facts = [] if found is None else list(_hash(found, cache, on_bytes))
    if found is None or len(facts) < len(found):
        return InputRecord(declared=undeclared_name(name), parameter=name)
    return record_of(undeclared_name(name), facts, alone=not (root / path).is_dir(), parameter=name)


def _bounded(root: Path, path: str) -> list[Found] | None:
    """The files at a path; None if they are too many or too much."""
    found: list[Found] = []
    size = 0
    for one in walk(root, path, is_pattern=False):
        found.append(one)
        size += one.state.st_size
        if len(found) > MOST_FILES or size > MOST_BYTES:
            return None
    return found


def _hash(found: list[Found], cache: Path, on_bytes: OnBytes | None) -> Iterator[FileFact]:
    with HashCache(cache) as known:
        hashed = hash_files({one.place: one.state for one in found}, cache=known, on_bytes=on_bytes)
    for one in found:
        if (it := hashed.get(one.place)) is not None:
            mode = "executable" if one.state.st_mode & 0o100 else "file"
            yield FileFact(path=one.path, size=it.size, sha256=it.sha256, mode=mode)
