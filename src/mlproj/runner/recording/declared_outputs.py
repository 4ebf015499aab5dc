"""Declared outputs after the command: found, hashed, and kept as artifacts, each content once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import DeclarationError, TrackingError
from mlproj.project.declarations import is_glob
from mlproj.project.model import DeclaredOutput, StoreAs
from mlproj.record.values import FileFact, OutputRecord
from mlproj.runner.files import RunFiles
from mlproj.runner.recording.file_walk import Found, walk
from mlproj.system.hash_cache import HashCache
from mlproj.system.hashing import Hashed, hash_files
from mlproj.system.objects import ObjectFolder

FOLDER = "outputs"
MOST_FILES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLimits:
    """A file that is larger than `size` bytes is kept by its hash alone; `total` and `count` are over all of a run."""

    size: int
    total: int | None = None
    count: int | None = None


class OutputStore:
    """Takes the outputs of one run. `objects` is None where the artifacts are not on this machine."""

    def __init__(
        self,
        files: RunFiles,
        *,
        objects: ObjectFolder | None,
        cache: Path,
        limits: OutputLimits,
        on_note: Callable[[str], None],
    ) -> None:
        self._files = files
        self._objects = objects
        self._cache = cache
        self._limits = limits
        self._note = on_note
        self._bytes = 0
        self._count = 0

    def keep_all(
        self, outputs: tuple[DeclaredOutput, ...], paths: Mapping[str, str], root: Path
    ) -> dict[str, OutputRecord]:
        """Keep every output, by the text that declares it; `paths` has them with parameters filled in.

        Raises DeclarationError, after all others are kept, if one was not written or is empty; TrackingError.
        """
        records: dict[str, OutputRecord] = {}
        faults = []
        for output in outputs:
            found = list(walk(root, paths[output.path]))
            if fault := _fault(output, found, root / paths[output.path]):
                faults.append(fault)
            else:
                records[output.path] = self._keep(output, found)
        if faults:
            raise MissingOutputError("; ".join(faults), records)
        return records

    def _keep(self, output: DeclaredOutput, found: list[Found]) -> OutputRecord:
        if len(found) > MOST_FILES:
            raise DeclarationError(f"the output {output.path!r} has more than {MOST_FILES} files")
        by_hash = {one.path for one in found if not self._may_keep(one, output)}
        if by_hash and output.store is not StoreAs.HASH:
            self._say(output, sorted(by_hash))
        facts = []
        with HashCache(self._cache) as known:
            hashed = hash_files({one.place: one.state for one in found if one.path in by_hash}, cache=known)
        for one in found:
            if one.path in by_hash:
                if (it := hashed.get(one.place)) is None:
                    raise TrackingError("the output cannot be read", where=one.place)
            else:
                it = self._store(one, link=output.store is StoreAs.LINK)
            mode = "executable" if one.state.st_mode & 0o100 else "file"
            facts.append(FileFact(path=one.path, size=it.size, sha256=it.sha256, mode=mode))
        stored = "hash" if len(by_hash) == len(found) else "artifact"
        return OutputRecord(
            declared=output.path,
            files=tuple(facts),
            stored=stored,
            hash_only=() if stored == "hash" else tuple(sorted(by_hash)),
        )

    def _may_keep(self, found: Found, output: DeclaredOutput) -> bool:
        if output.store is StoreAs.HASH:
            return False
        limits, size = self._limits, found.state.st_size
        linked = output.store is StoreAs.LINK and self._objects is not None
        too_large = size > limits.size and not linked
        too_much = limits.total is not None and self._bytes + size > limits.total
        too_many = limits.count is not None and self._count >= limits.count
        if too_large or too_much or too_many:
            return False
        self._bytes += size
        self._count += 1
        return True

    def _store(self, found: Found, *, link: bool) -> Hashed:
        name = f"{FOLDER}/{found.path}"
        try:
            if self._objects is None:
                return self._files.send(Path(found.place), name)
            return self._place(Path(found.place), name, self._objects, link=link)
        except OSError as error:
            raise TrackingError(
                f"the output cannot be kept: {error.strerror or error}",
                where=found.place,
                hint="check permissions and free space",
            ) from error

    def _place(self, file: Path, name: str, objects: ObjectFolder, *, link: bool) -> Hashed:
        hashed = objects.add(file, link=link)
        try:
            self._files.place(objects.path(hashed.sha256), name)
        except FileNotFoundError:  # it was removed as unused just now
            hashed = objects.add(file, link=link)
            self._files.place(objects.path(hashed.sha256), name)
        return hashed

    def _say(self, output: DeclaredOutput, paths: list[str]) -> None:
        shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")  # noqa: PLR2004 - a line
        limits = self._limits
        bounds = [f"{limits.size / 1e6:g} MB for a file"]
        bounds += [f"{limits.total / 1e6:g} MB in all"] if limits.total is not None else []
        bounds += [f"{limits.count} files"] if limits.count is not None else []
        self._note(
            f"of the output {output.path!r} only the hash is kept: {shown} (the limits are {', '.join(bounds)}: "
            "see the setting output_limit)"
        )


class MissingOutputError(DeclarationError):
    """Outputs that were declared and not written; `records` are the others."""

    def __init__(self, message: str, records: Mapping[str, OutputRecord]) -> None:
        super().__init__(message, hint="the command ended well, and should have written them")
        self.records = records


def _fault(output: DeclaredOutput, found: list[Found], place: Path) -> str | None:
    if not found and is_glob(output.path) and not os.path.lexists(place):
        return f"no file matches the output {output.path!r}"
    if not found:
        empty = "is an empty directory" if place.is_dir() else "was not written"
        return f"the output {output.path!r} {empty}"
    if all(one.state.st_size == 0 for one in found):
        return f"the output {output.path!r} is empty"
    return None
