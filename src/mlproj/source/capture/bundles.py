"""The commits that a repository's remotes lack, as a git bundle; and back into a mirror."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from mlproj.errors import ProgramFailedError, SourceError
from mlproj.source.capture.kept import keep_as
from mlproj.source.capture.secret_files import SecretFinder, has_secret_name
from mlproj.source.git.environ import quoted
from mlproj.source.git.mirrors import TIP, Mirror, object_format
from mlproj.source.git.reading import GitReader
from mlproj.source.git.remote import Resolved, bring
from mlproj.system.processes import stream_program

REF = "refs/mlproj/commit"


class _TooLargeError(Exception):
    """The bundle is larger than what may be kept."""


def bundle_commits(
    reader: GitReader,
    commit: str,
    target: Path,
    *,
    has_remote: bool,
    cache_dir: Path,
    finder: SecretFinder,
    limit: int,
) -> str | None:
    """Write the bundle of what leads to a commit and no remote has to `target`; the reason if it is not kept.

    That is `secret` or `size`. Raises ProgramFailedError and OSError.
    """
    not_lacking = ("--not", "--remotes") if has_remote else ()
    boundary = []
    if has_remote:
        listed = reader.ask("rev-list", "--boundary", commit, *not_lacking, check=True).stdout.split()
        boundary = sorted(line[1:] for line in listed if line.startswith("-"))
    text = "\n".join([commit, *boundary, finder.fingerprint])
    name = f"{hashlib.sha256(text.encode()).hexdigest()}.bundle"
    if not (cache_dir / "captures" / name).exists() and _holds_secret(reader, [commit, *not_lacking], finder):
        return "secret"

    def make(staging: Path) -> None:
        _write(reader, commit, boundary, staging)
        if staging.stat().st_size > limit:
            raise _TooLargeError

    try:
        keep_as(name, target, make, cache_dir=cache_dir)
    except _TooLargeError:
        return "size"
    if target.stat().st_size > limit:
        target.unlink()
        return "size"
    return None


def take_bundle(mirror: Mirror, bundle: Path) -> None:
    """Bring the commits of a bundle of ours into a mirror, whose lock is held; fetch those that it builds on.

    Raises SourceError.
    """
    for base in _prerequisites(bundle):
        if mirror.commit_of(base) is None:
            bring(mirror, Resolved(commit=base))
    try:
        mirror.access.at(mirror.path).fetch("--quiet", "--no-tags", "--force", "--", str(bundle), f"+{REF}:{TIP}")
    except ProgramFailedError as error:
        raise SourceError(
            "the recorded commits cannot be used", where=mirror.where, detail=mirror.access.clean(error)
        ) from error


def _prerequisites(bundle: Path) -> list[str]:
    """The commits that a bundle builds on, from its header (gitformat-bundle)."""
    found = []
    with bundle.open("rb") as file:
        for line in file:
            if not line.strip():
                break
            if line.startswith(b"-"):
                found.append(line[1:].split()[0].decode())
    return found


def _holds_secret(reader: GitReader, revisions: list[str], finder: SecretFinder) -> bool:
    """Whether one of the commits names or holds what must not be kept."""
    names = reader.names("log", "-z", "--format=", "--name-only", "--no-renames", *revisions)
    if any(has_secret_name(name) for name in names):
        return True
    found = False

    def look(line: str) -> None:
        nonlocal found
        found = found or finder.is_in(line.encode(errors="replace"))

    options = ("--format=%an %ae%n%B", "-p", "--text", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")
    argv = ["git", *reader.settings, "log", *options, *revisions]
    stream_program(argv, environ=reader.environ, cwd=reader.directory, on_line=look)
    return found


def _write(reader: GitReader, commit: str, boundary: list[str], target: Path) -> None:
    """A bundle names a ref: made in a repository beside that shares the objects, so that the user's is not touched."""
    directory = Path(reader.ask("rev-parse", "--git-common-dir", check=True).stdout.strip())
    shared = (reader.directory / directory).resolve()
    with tempfile.TemporaryDirectory(prefix="mlproj-git-") as folder:
        beside = reader.below(Path(folder))
        beside.ask("init", "--quiet", "--bare", "--template=", f"--object-format={object_format(commit)}", check=True)
        objects = str(shared / "objects")
        alternates = Path(folder) / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{quoted(objects) if chr(10) in objects else objects}\n", errors="surrogateescape")
        if (shared / "shallow").is_file():
            shutil.copyfile(shared / "shallow", Path(folder) / "shallow")
        beside.ask("update-ref", REF, commit, check=True)
        beside.ask("bundle", "create", "--quiet", str(target), REF, *(f"^{base}" for base in boundary), check=True)
