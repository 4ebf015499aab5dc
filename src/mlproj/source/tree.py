"""The files of a work tree as they are, and the hash of all of them."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import ProgramFailedError, ProgramMissingError
from mlproj.record.values import FileFact, NotRecorded
from mlproj.source.capture.leaving_out import LeftOut, is_rubbish, leaving_out
from mlproj.source.capture.submodule_files import known_submodules
from mlproj.source.git.reading import GitReader, reading
from mlproj.system.hash_cache import HashCache
from mlproj.system.hashing import OnBytes, hash_files

MOST_FILES = 200_000
_GITLINK = "160000"
_HIDDEN = frozenset("Ssh")
"""Marks of files that git was told not to look for: skip-worktree, assume-unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The files below `top`, without those that are left out.

    `files` are sorted by path. `untracked` are those that git does not know (without git: none). `repositories` maps
    the places of repositories in it (`` is the top itself, the others are submodules) to their commits. `unreadable`
    are files that could not be hashed. `hidden` maps the tracked files that git does not look for (a sparse checkout,
    or told by `update-index`) to what the index has of them. `too_many` is true if the walk was given up at MOST_FILES.
    """

    top: Path
    files: tuple[FileFact, ...] = ()
    untracked: frozenset[str] = frozenset()
    repositories: Mapping[str, str | None] = field(default_factory=dict)
    unreadable: tuple[NotRecorded, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    too_many: bool = False

    @property
    def hash(self) -> str | None:
        """The sha256 over path, mode and content of all files; None if they are too many."""
        return None if self.too_many else hash_of(self.files, self.unreadable)

    @property
    def submodules(self) -> dict[str, str]:
        """The commits of the submodules, by path."""
        return {path: commit for path, commit in self.repositories.items() if path and commit}


@dataclass(slots=True)
class _Listing:
    paths: list[str] = field(default_factory=list)
    untracked: set[str] = field(default_factory=set)
    repositories: dict[str, str | None] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)


def tree_hash(top: Path, *, settings: Settings, left_out: Iterable[str] = ()) -> str | None:
    """The hash of the work tree at `top`; `left_out` are paths and globs relative to it. None: too many files."""
    return read_tree(top, settings=settings, left_out=left_out).hash


def read_tree(
    top: Path,
    *,
    settings: Settings,
    left_out: Iterable[str] = (),
    on_bytes: OnBytes | None = None,
    ask_git: bool = True,
) -> Tree:
    """List and hash the files of a work tree: what git tracks and does not ignore, else everything."""
    leave_out = _with_own_directories(leaving_out(left_out), top, settings)
    listing = _list(top, settings.environ, leave_out, ask_git=ask_git and is_repository(top))
    if listing is None or len(listing.paths) > MOST_FILES:
        return Tree(top=top, too_many=True)
    facts, unreadable = _facts(top, listing.paths, settings.cache_dir / "hashes.db", on_bytes)
    return Tree(
        top=top,
        files=tuple(facts),
        untracked=frozenset(listing.untracked),
        repositories=listing.repositories,
        unreadable=tuple(unreadable),
        hidden=listing.hidden,
    )


def hash_of(files: Iterable[FileFact], unreadable: Iterable[NotRecorded] = ()) -> str:
    """The sha256 over (mode, path, sha256 of content or link target), sorted by path."""
    lines = [f"{file.mode}\0{file.path}\0{file.sha256}\n" for file in files]
    lines += [f"unreadable\0{file.path}\0\n" for file in unreadable]
    lines.sort(key=lambda line: line.split("\0", 2)[1])
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def is_repository(top: Path) -> bool:
    """Whether there is a work tree of git's at `top` itself."""
    return (top / ".git").exists()


def _with_own_directories(left_out: LeftOut, top: Path, settings: Settings) -> LeftOut:
    """Leave out the home and the cache too, which may be in the project's directory."""
    own = [
        str(path.relative_to(top))
        for path in (settings.home, settings.cache_dir)
        if path != top and path.is_relative_to(top)
    ]
    if not own:
        return left_out
    return lambda path: left_out(path) or any(path == name or path.startswith(f"{name}/") for name in own)


def _list(top: Path, environ: Mapping[str, str], left_out: LeftOut, *, ask_git: bool) -> _Listing | None:
    """None if there are too many files to walk over."""
    listing = _Listing()
    if ask_git:
        try:
            with reading(top, top, environ) as reader:
                _list_repository(reader, "", left_out, listing, tracked=True)
        except (ProgramMissingError, ProgramFailedError, PermissionError):
            listing = _Listing()
        else:
            return listing
    for path in _walk(top, left_out):
        listing.paths.append(path)
        if len(listing.paths) > MOST_FILES:
            return None
    return listing


def _list_repository(reader: GitReader, place: str, left_out: LeftOut, listing: _Listing, *, tracked: bool) -> None:
    """Add the files of one repository at `place`, and of those in it."""
    head = reader.ask("rev-parse", "--verify", "--quiet", "HEAD").stdout.strip() if place else None
    listing.repositories[place] = head or None
    inner: list[str] = []
    links: list[str] = []
    for entry in reader.names("ls-files", "-z", "-v", "--stage", "--cached", "--others", "--exclude-standard"):
        known = not entry.startswith("? ")
        mode, blob, path = _parse(entry) if known else ("", "", entry[2:])
        path = f"{place}/{path}" if place else path
        if left_out(path.rstrip("/")):
            continue
        if mode == _GITLINK or path.endswith("/"):
            inner.append(path.rstrip("/"))
            links += [path] if known and tracked else []
            continue
        listing.paths.append(path)
        if known and tracked and entry[0] in _HIDDEN:
            listing.hidden[path] = blob
        if not (known and tracked):
            listing.untracked.add(path)
    start = len(place) + 1 if place else 0
    submodules = known_submodules(reader, [path[start:] for path in links]) if links else frozenset()
    for path in inner:
        directory, known = reader.directory / path[start:], path[start:] in submodules
        if is_repository(directory):
            _list_repository(reader.below(directory), path, left_out, listing, tracked=known)
            if not known:
                del listing.repositories[path]


def _parse(entry: str) -> tuple[str, str, str]:
    """Mode, object and path of a file of the index."""
    facts, _, path = entry.partition("\t")
    _, mode, blob, _ = facts.split(" ")
    return mode, blob, path


def _walk(top: Path, left_out: LeftOut) -> Iterator[str]:
    """All files and links below a directory, as posix paths; links are not followed."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(top / folder))
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if is_rubbish(entry.name) or left_out(path):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                yield path


def _facts(
    top: Path, paths: Iterable[str], cache: Path, on_bytes: OnBytes | None
) -> tuple[list[FileFact], list[NotRecorded]]:
    prefix = f"{top}/"
    states: dict[str, os.stat_result] = {}
    links: dict[str, str] = {}
    for path in sorted(set(paths)):
        try:
            state = os.lstat(prefix + path)
            if stat.S_ISLNK(state.st_mode):
                links[path] = os.readlink(prefix + path)  # noqa: PTH115 - a Path is not what the link says
            elif stat.S_ISREG(state.st_mode):
                states[path] = state
        except OSError:
            continue  # removed, or in a directory that is
    with HashCache(cache) as known:
        found_states = {prefix + path: state for path, state in states.items()}
        hashed = hash_files(found_states, cache=known, on_bytes=on_bytes)
    facts = [_link(path, target) for path, target in links.items()]
    unreadable = []
    for path, state in states.items():
        found = hashed.get(prefix + path)
        if found is None:
            unreadable.append(NotRecorded(path=path, reason="unreadable"))
            continue
        mode = "executable" if state.st_mode & stat.S_IXUSR else "file"
        facts.append(FileFact(path=path, size=found.size, sha256=found.sha256, mode=mode))
    return sorted(facts, key=lambda fact: fact.path), unreadable


def _link(path: str, target: str) -> FileFact:
    content = os.fsencode(target)
    return FileFact(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest(), mode="link")
