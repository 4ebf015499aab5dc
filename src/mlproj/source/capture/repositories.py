"""What is kept of a git repository and its submodules: commits that no remote has, changes, untracked files."""

from collections.abc import Iterable
from dataclasses import replace

from mlproj.record.values import Capture, FileFact
from mlproj.source.capture.absent import folded, hidden_changes
from mlproj.source.capture.changes import write_changes
from mlproj.source.capture.keeping import COMMITS, Keeping
from mlproj.source.capture.kept import keep
from mlproj.source.credentials import split_credentials
from mlproj.source.git.reading import GitReader, read_config


def capture_repository(reader: GitReader, place: str, commit: str, keeping: Keeping, *, dirty: bool) -> Capture:
    """What is kept of one repository of the work tree, and of its submodules."""
    bundle = capture_bundle(reader, place, commit, keeping)
    prefix = f"{place}/" if place else ""
    changed, gone = hidden_changes(reader, _hidden(place, keeping))
    diff, whole = None, frozenset(prefix + path for path in changed)
    if dirty:
        diff, filtered, deleted = _diff(reader, place, keeping)
        whole, gone = whole | filtered, [*gone, *deleted]
    files, untracked = _untracked(place, whole, keeping) if dirty or whole else (None, ())
    submodules = {}
    for path, inner_commit in keeping.tree.repositories.items():
        if path and inner_commit and _parent(path, keeping.tree.repositories) == place:
            inner = reader.below(keeping.tree.top / path)
            found = capture_repository(inner, path, inner_commit, keeping, dirty=dirty)
            if found != Capture():
                submodules[path] = found
    absent = _absent(gone, place, keeping)
    return Capture(diff=diff, files=files, bundle=bundle, untracked=untracked, absent=absent, submodules=submodules)


def _hidden(place: str, keeping: Keeping) -> dict[str, str]:
    """What git does not look for in one repository, by paths in there."""
    start = len(place) + 1 if place else 0
    hidden, repositories = keeping.tree.hidden, keeping.tree.repositories
    return {path[start:]: blob for path, blob in hidden.items() if _parent(path, repositories) == place}


def _absent(gone: Iterable[str], place: str, keeping: Keeping) -> tuple[str, ...]:
    prefix = f"{place}/" if place else ""
    present = (file.path.removeprefix(prefix) for file in keeping.tree.files if file.path.startswith(prefix))
    found = folded(gone, present)
    if len(found) > keeping.files:
        keeping.drop(place or ".", "count")
        return ()
    return found


def _parent(path: str, repositories: Iterable[str]) -> str:
    """The innermost other repository that a path lies in."""
    around = (other for other in repositories if other != path and (not other or path.startswith(f"{other}/")))
    return max(around, key=len, default="")


def capture_bundle(reader: GitReader, place: str, commit: str, keeping: Keeping) -> str | None:
    urls = [value for key, value in read_config(reader).items() if key.startswith("remote.")]
    keeping.finder = keeping.finder.knowing(split_credentials(url)[1].password for url in urls)
    if urls and not reader.ask("rev-list", "-n", "1", commit, "--not", "--remotes", check=True).stdout.strip():
        return None
    from mlproj.source.capture.bundles import bundle_commits

    target = keeping.place(place, "commits.bundle")
    reason = bundle_commits(
        reader,
        commit,
        target,
        has_remote=bool(urls),
        cache_dir=keeping.settings.cache_dir,
        finder=keeping.finder,
        limit=keeping.size,
    )
    if reason is not None:
        keeping.drop(f"{place or '.'}{COMMITS}", reason)
    if not target.exists():
        return None
    keeping.size -= target.stat().st_size
    return keeping.named(target)


def _diff(reader: GitReader, place: str, keeping: Keeping) -> tuple[str | None, frozenset[str], tuple[str, ...]]:
    """The diff of one repository; the files that it cannot hold, by their paths from the top; those that are gone."""
    target = keeping.place(place, "changes.diff")
    prefix = f"{place}/" if place else ""
    changes = write_changes(
        reader,
        target,
        wanted=lambda path: not keeping.left_out(prefix + path),
        finder=keeping.finder,
        limit=keeping.size,
    )
    for path, reason in changes.dropped:
        keeping.drop(prefix + path, reason)
    whole = frozenset(prefix + path for path in changes.whole)
    if not target.exists():
        return None, whole, changes.gone
    keeping.size -= target.stat().st_size
    return keeping.named(target), whole, changes.gone


def _untracked(place: str, whole: frozenset[str], keeping: Keeping) -> tuple[str | None, tuple[FileFact, ...]]:
    """The archive of one repository's untracked files (and others), and what is in it by paths in there."""
    repositories = keeping.tree.repositories
    mine = [
        file
        for file in keeping.tree.files
        if (file.path in keeping.tree.untracked or file.path in whole) and _parent(file.path, repositories) == place
    ]
    chosen = list(keeping.chosen(mine))
    if not chosen:
        return None, ()
    start = len(place) + 1 if place else 0
    inside = tuple(sorted((replace(file, path=file.path[start:]) for file in chosen), key=lambda file: file.path))
    target = keeping.place(place, "files.tar.gz")
    keep(inside, keeping.tree.top / place, target, cache_dir=keeping.settings.cache_dir)
    return keeping.named(target), inside
