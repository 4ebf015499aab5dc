"""The changes of tracked files against the commit, as one diff that is safe for any bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlproj.source.capture.secret_files import SecretFinder, has_secret_name
from mlproj.source.git.reading import GitReader
from mlproj.system.files import make_directory

_OPTIONS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-renames",
    "--ignore-submodules=all",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a diff does not hold: `dropped` with the reason (`secret` or `size`), files to be kept whole, files gone."""

    dropped: tuple[tuple[str, str], ...]
    whole: frozenset[str]
    gone: tuple[str, ...] = ()


def write_changes(
    reader: GitReader, target: Path, *, wanted: Callable[[str], bool], finder: SecretFinder, limit: int
) -> Changes:
    """Write the diff if there is one.

    A file that git filters (as LFS does) is not what git compares: it is to be kept whole, or named where it is gone.
    Raises ProgramFailedError and OSError.
    """
    changed = [path for path in reader.names("diff", "--name-only", "-z", *_OPTIONS, "HEAD") if wanted(path)]
    filtered = _filtered(reader, changed)
    changed = [path for path in changed if path not in filtered]
    whole = frozenset(path for path in filtered if _is_there(reader.directory / path))
    dropped = [(path, "secret") for path in changed if _is_secret(reader.directory / path, path, finder)]
    keep = [path for path in changed if (path, "secret") not in dropped]
    if _write(reader, keep, target) and finder.is_in(target.read_bytes()):
        leaks = [path for path in keep if _write(reader, [path], target) and finder.is_in(target.read_bytes())]
        dropped += [(path, "secret") for path in leaks]
        keep = [path for path in keep if path not in leaks]
        _write(reader, keep, target)
    if target.exists() and target.stat().st_size > limit:
        dropped += [(path, "size") for path in keep]
        target.unlink()
    return Changes(dropped=tuple(dropped), whole=whole, gone=tuple(sorted(filtered - whole)))


def _filtered(reader: GitReader, paths: list[str]) -> frozenset[str]:
    found = []
    for batch in _batches(paths):
        answers = reader.names("check-attr", "-z", "filter", "--", *batch)
        found += [path for path, value in zip(answers[::3], answers[2::3], strict=True) if value != "unspecified"]
    return frozenset(found)


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _is_secret(file: Path, path: str, finder: SecretFinder) -> bool:
    if has_secret_name(path):
        return True
    try:
        return not file.is_symlink() and finder.is_in(file.read_bytes())
    except OSError:
        return False  # removed: what the diff says of it is looked at


def _write(reader: GitReader, paths: list[str], target: Path) -> bool:
    """Write the diff of the paths; whether there is any."""
    target.unlink(missing_ok=True)
    if not paths:
        return False
    make_directory(target.parent)
    part = target.with_name(f".{target.name}.part")
    try:
        with target.open("wb") as file:
            for batch in _batches(paths):
                arguments = ("--binary", "--full-index", *_OPTIONS, f"--output={part}", "HEAD", "--", *batch)
                reader.ask("diff", *arguments, check=True)
                file.write(part.read_bytes())
    finally:
        part.unlink(missing_ok=True)
    if target.stat().st_size:
        return True
    target.unlink()
    return False


def _batches(paths: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(paths), _BATCH):
        yield paths[start : start + _BATCH]
