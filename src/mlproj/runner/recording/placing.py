"""Inputs that are URLs, put where the MLproject file says that the command looks for them."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mlproj.errors import DeclarationError
from mlproj.record.values import FileFact, InputRecord
from mlproj.runner.recording.declared_paths import fill, input_places
from mlproj.runner.recording.file_walk import walk
from mlproj.runner.values import Prepared, Reporter
from mlproj.source.credentials import strip_credentials
from mlproj.source.tree import hash_of
from mlproj.system.files import make_directory, remove_tree, write_atomically
from mlproj.system.hashing import Hashed, hash_file
from mlproj.tracking.base import Store

PLACED = "placed"


def hash_place(place: Path) -> Hashed:
    """The hash of a file, or one over all files of a directory. Raises OSError."""
    if not place.is_dir():
        return hash_file(place)
    hashed = {found.path: hash_file(found.place) for found in walk(place, ".")}
    facts = [FileFact(path=path, size=it.size, sha256=it.sha256) for path, it in hashed.items()]
    return Hashed(size=sum(fact.size for fact in facts), sha256=hash_of(facts))


def hashes_by_uri(prepared: Prepared) -> dict[str, str]:
    """What declared URLs hold, by the URL."""
    if prepared.facts is None:
        return {}
    records, place = prepared.facts.inputs, {**prepared.remote, **prepared.place}
    pairs = (
        (fill(one.path, prepared.binding.parameters, place), records.get(strip_credentials(one.path)))
        for one in prepared.binding.entry_point.inputs
    )
    return {uri: record.sha256 for uri, record in pairs if record is not None and record.sha256 is not None}


def check_places(prepared: Prepared, inputs: Mapping[str, InputRecord]) -> None:
    """Raise DeclarationError if what is the user's own lies where an input is to be put."""
    for text, place in input_places(prepared.binding).items():
        target, wanted = prepared.project.root / place, inputs[strip_credentials(text)].sha256
        if os.path.lexists(target) and _hash(target) not in {wanted, _placed(target, prepared)}:
            raise DeclarationError(
                f"{place} is in the way of the input {strip_credentials(text)}, which is to be put there",
                hint="it is not what the URL holds: move it away, or name another place in 'to'",
            )


def place_inputs(prepared: Prepared, *, store: Store, reporter: Reporter) -> None:
    """Put the inputs that are URLs where the file says; what is there already stays.

    Raises SourceError or NotFoundError for what cannot be fetched, DeclarationError for what changed meanwhile.
    """
    if prepared.facts is None:
        return
    from mlproj.runner.inputs import fetch_one

    for text, place in input_places(prepared.binding).items():
        target, wanted = prepared.project.root / place, prepared.facts.inputs[strip_credentials(text)].sha256
        if _hash(target) != wanted:
            with _beside(target) as folder:
                found = fetch_one(
                    fill(text, prepared.binding.parameters, {**prepared.remote, **prepared.place}),
                    folder,
                    store=store,
                    settings=prepared.settings,
                    reporter=reporter,
                    sha256=wanted,
                )
                if _hash(found) != wanted:
                    raise DeclarationError(f"the input {strip_credentials(text)} has changed since it was hashed")
                _move(found, target)
        write_atomically(_note(target, prepared), str(wanted))


def placed_files(prepared: Prepared) -> Iterator[Path]:
    """The files that are in the project because an input was put there."""
    with contextlib.suppress(DeclarationError):
        for place in input_places(prepared.binding).values():
            yield from (Path(found.place) for found in walk(prepared.project.root, place, is_pattern=False))


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    with TemporaryDirectory(prefix=".mlproj-", dir=make_directory(target.parent)) as folder:
        yield Path(folder)


def _move(found: Path, target: Path) -> None:
    """Put a file or a directory in the place of another."""
    if target.is_dir() and not target.is_symlink():
        remove_tree(target)
    elif found.is_dir():
        target.unlink(missing_ok=True)
    found.replace(target)


def _hash(place: Path) -> str | None:
    try:
        return hash_place(place).sha256
    except OSError:
        return None


def _note(target: Path, prepared: Prepared) -> Path:
    name = hashlib.sha256(str(target).encode(errors="surrogateescape")).hexdigest()
    return make_directory(prepared.settings.cache_dir / PLACED) / name


def _placed(target: Path, prepared: Prepared) -> str | None:
    """What was put there by an earlier run."""
    try:
        return _note(target, prepared).read_text()
    except OSError:
        return None
