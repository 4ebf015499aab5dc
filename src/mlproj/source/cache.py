"""What the cache holds of sources: mirrors, and checkouts that were kept; listed, and removed when they are old."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlproj.config import Settings
from mlproj.source.checkouts import newest_change, read_manifest
from mlproj.system.files import remove_tree
from mlproj.system.identity import is_alive, is_here

WEEK = 7 * 24 * 3600.0
_STAGING_AGE = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckout:
    """A checkout in the cache; `name` is its run's id. `last_change` is in seconds."""

    name: str
    path: Path
    in_use: bool
    last_change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMirror:
    """A mirror in the cache, and when a checkout was last made from it, in seconds."""

    path: Path
    url: str
    last_used: float


def checkouts(settings: Settings) -> tuple[KeptCheckout, ...]:
    """All checkouts in the cache, the oldest first."""
    folder = settings.cache_dir / "checkouts"
    found = [_look_at(path) for path in _directories(folder) if not path.name.startswith(".")]
    return tuple(sorted(found, key=lambda kept: kept.last_change))


def mirrors(settings: Settings) -> tuple[KeptMirror, ...]:
    """All mirrors in the cache, the one that was not used for longest first."""
    found = [
        KeptMirror(path=path, url=_url(path), last_used=(path / "HEAD").stat().st_mtime)
        for path in _directories(settings.cache_dir / "git")
        if (path / "HEAD").is_file() and not path.name.startswith(".")
    ]
    return tuple(sorted(found, key=lambda mirror: mirror.last_used))


def remove_old(
    settings: Settings,
    older_than_seconds: float = WEEK,
    now: float | None = None,
    *,
    dry_run: bool = False,
) -> tuple[Path, ...]:
    """Remove kept checkouts that are older than that and in no run's use, and what killed fetches left.

    Gives what was removed; with `dry_run`, what would be.
    """
    now = time.time() if now is None else now
    old = [kept.path for kept in checkouts(settings) if not kept.in_use and now - kept.last_change > older_than_seconds]
    for folder in (settings.cache_dir / "checkouts", settings.cache_dir / "git"):
        half = [path for path in _directories(folder) if path.name.startswith(".")]
        old += [path for path in half if now - path.stat().st_mtime > _STAGING_AGE]
    if not dry_run:
        for path in old:
            remove_tree(path)
    return tuple(old)


def old_mirrors(settings: Settings, older_than_seconds: float, now: float | None = None) -> tuple[Path, ...]:
    """The mirrors that were not used for that long, and whose objects no checkout that is kept needs."""
    now = time.time() if now is None else now
    needed = {mirror for kept in checkouts(settings) for mirror in _mirrors_of(kept.path)}
    return tuple(
        mirror.path
        for mirror in mirrors(settings)
        if now - mirror.last_used > older_than_seconds and mirror.path not in needed
    )


def remove_mirror(settings: Settings, path: Path, older_than_seconds: float, now: float | None = None) -> bool:
    """Remove an old mirror, unless a run fetches into it just now or did since it was looked at."""
    from mlproj.system.locks import try_to_hold

    lock = settings.cache_dir / "locks" / f"git-{path.name}.lock"
    with try_to_hold(lock, lock.with_suffix(".fetch")) as held:
        if not held or path not in old_mirrors(settings, older_than_seconds, now):
            return False
        remove_tree(path)
    return True


def _mirrors_of(checkout: Path) -> set[Path]:
    """The mirrors that hold the objects of a checkout and of its submodules."""
    found = set()
    for alternates in checkout.glob("**/.git/objects/info/alternates"):
        with suppress(OSError):
            found.add(Path(alternates.read_text(errors="surrogateescape").strip().strip('"')).parent)
    return found


def _look_at(path: Path) -> KeptCheckout:
    manifest = read_manifest(path)
    in_use = manifest is not None and manifest.released is None and is_here(manifest.owner) and is_alive(manifest.owner)
    since = (manifest.released or manifest.created) if manifest else path.stat().st_mtime
    return KeptCheckout(name=path.name, path=path, in_use=in_use, last_change=max(since, newest_change(path)))


def _directories(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _url(mirror: Path) -> str:
    try:
        return (mirror / "url.txt").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return mirror.name
