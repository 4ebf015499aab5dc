"""Declared inputs: found, hashed and compared with what was declared, before there is a run."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from mlproj.errors import DeclarationError
from mlproj.project.declarations import is_glob, is_url
from mlproj.project.model import Binding, DeclaredInput
from mlproj.record.values import FileFact, InputRecord
from mlproj.runner.recording.declared_paths import fill
from mlproj.runner.recording.file_walk import Found, walk
from mlproj.source.credentials import strip_credentials
from mlproj.system.hash_cache import HashCache
from mlproj.system.hashing import OnBytes, hash_files

MOST_LISTED = 10_000
"""Of an input with more files than this the record has only the number, the size and one hash over all."""
MOST_FILES = 5_000_000
_BATCH = 5_000

FetchUrl = Callable[[str, str | None], FileFact]
"""Gives size and sha256 of what a URL holds, which is to have the sha256 that is given, if one is."""


@dataclass(slots=True)
class _Summary:
    """An input in the making; a hash over all files is taken on the way, so that a million of them need no memory."""

    files: list[FileFact] = field(default_factory=list)
    count: int = 0
    size: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, fact: FileFact) -> None:
        self.count += 1
        self.size += fact.size
        self.digest.update(f"{fact.mode}\0{fact.path}\0{fact.sha256}\n".encode(errors="surrogateescape"))
        if self.count <= MOST_LISTED:
            self.files.append(fact)

    def record(self, declared: str, *, alone: bool, parameter: str | None = None) -> InputRecord:
        return InputRecord(
            declared=declared,
            files=tuple(self.files) if self.count <= MOST_LISTED else (),
            sha256=self.files[0].sha256 if alone and self.count == 1 else self.digest.hexdigest(),
            count=self.count,
            size=self.size,
            parameter=parameter,
        )


def check_inputs(binding: Binding, root: Path, place: Mapping[str, str]) -> None:
    """Raise DeclarationError if an input that should be on this machine is not."""
    for declared in binding.entry_point.inputs:
        path = fill(declared.path, binding.parameters, place)
        if not is_url(path) and next(walk(root, path), None) is None:
            raise _missing(declared, path, root)


def read_inputs(
    binding: Binding,
    root: Path,
    place: Mapping[str, str],
    *,
    cache: Path,
    fetch_url: FetchUrl,
    known: Mapping[str, str] | None = None,
    on_bytes: OnBytes | None = None,
) -> dict[str, InputRecord]:
    """Hash the inputs, by the text that declares them. `known` has the sha256 that URLs had in a run to be made again.

    Raises DeclarationError for one that is not there, cannot be read, or is not what was declared.
    """
    records = {}
    with HashCache(cache) as hashes:
        for declared in binding.entry_point.inputs:
            path = fill(declared.path, binding.parameters, place)
            if is_url(path):
                before = (known or {}).get(strip_credentials(declared.path))
                record = _of_url(declared, fetch_url(path, declared.sha256 or before))
            else:
                record = _of_files(declared, _below(root, path), root, hashes, on_bytes)
            _compare(declared, record)
            records[strip_credentials(declared.path)] = record
    return records


def _below(root: Path, path: str) -> str:
    """A path in the project as relative to it, so that the record means the same in another checkout."""
    place = Path(path)
    return str(place.relative_to(root)) if place != root and place.is_relative_to(root) else path


def _of_url(declared: DeclaredInput, fact: FileFact) -> InputRecord:
    return InputRecord(
        declared=strip_credentials(declared.path), files=(fact,), sha256=fact.sha256, count=1, size=fact.size
    )


def _of_files(
    declared: DeclaredInput, path: str, root: Path, known: HashCache, on_bytes: OnBytes | None
) -> InputRecord:
    summary = _Summary()
    for batch in _batches(walk(root, path)):
        for fact in _hash(batch, declared, known, on_bytes):
            summary.add(fact)
        if summary.count > MOST_FILES:
            raise DeclarationError(
                f"the input {declared.path!r} has more than {MOST_FILES} files", hint="declare fewer, or an archive"
            )
    if not summary.count:
        raise _missing(declared, path, root)
    return summary.record(declared.path, alone=not is_glob(path) and not (root / path).is_dir())


def record_of(declared: str, facts: Iterable[FileFact], *, alone: bool, parameter: str | None = None) -> InputRecord:
    """An input from what it holds; `alone` says that it is one file and no directory."""
    summary = _Summary()
    for fact in facts:
        summary.add(fact)
    return summary.record(declared, alone=alone, parameter=parameter)


def _hash(
    batch: list[Found], declared: DeclaredInput, known: HashCache, on_bytes: OnBytes | None
) -> Iterator[FileFact]:
    hashed = hash_files({str(found.place): found.state for found in batch}, cache=known, on_bytes=on_bytes)
    for found in batch:
        if (it := hashed.get(str(found.place))) is None:
            raise DeclarationError(f"the input {declared.path!r} cannot be read: {found.place}")
        mode = "executable" if found.state.st_mode & 0o100 else "file"
        yield FileFact(path=found.path, size=it.size, sha256=it.sha256, mode=mode)


def _compare(declared: DeclaredInput, record: InputRecord) -> None:
    if declared.sha256 not in {None, record.sha256}:
        raise DeclarationError(
            f"the input {record.declared!r} is not what the MLproject file says: its sha256 is {record.sha256}",
            hint=f"declared is {declared.sha256}",
        )


def _missing(declared: DeclaredInput, path: str, root: Path) -> DeclarationError:
    if is_glob(path) and not os.path.lexists(root / path):
        return DeclarationError(f"no file matches the input {declared.path!r}", hint="is the data there?")
    if (root / path).is_dir():
        return DeclarationError(f"the input {declared.path!r} is an empty directory", hint="is the data there?")
    shown = declared.path if declared.path == path else f"{declared.path} = {path}"
    return DeclarationError(f"no such file or directory: the input {shown!r}", hint=f"looked for in {root}")


def _batches(found: Iterable[Found]) -> Iterator[list[Found]]:
    iterator = iter(found)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
