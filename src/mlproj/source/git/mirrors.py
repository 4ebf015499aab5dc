"""Mirrors: one bare repository per source, shared by all checkouts, that grows by the commits that runs ask for."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from mlproj.errors import ProgramFailedError, SourceError
from mlproj.source.git.access import GitAccess
from mlproj.system.files import make_directory, remove_tree
from mlproj.system.locks import hold

TIP = "refs/mlproj/tip"
PATIENCE = 600.0
"""How long to wait for a git that outlived its mlproj, in seconds."""
_HEAD = re.compile(rb"ref:\s*refs/|[0-9a-f]{40}")
_ALL_HISTORY = "2147483647"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The mirror of the repository at `url` (which has no credentials in it); `where` names the source in errors."""

    access: GitAccess
    cache_dir: Path
    url: str
    where: str
    held: tuple[int, ...] = ()
    patience: float = PATIENCE

    @property
    def path(self) -> Path:
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", self.url.rstrip("/").removesuffix("/.git").rpartition("/")[2])
        digest = hashlib.sha256(self.url.encode(errors="surrogateescape")).hexdigest()[:16]
        return self.cache_dir / "git" / f"{name.removesuffix('.git').strip('.-')[:40] or 'repository'}-{digest}"

    @property
    def is_local(self) -> bool:
        """Whether the repository is on this machine; `url` is its git directory then."""
        return self.url.startswith("/")

    @property
    def exists(self) -> bool:
        """Whether git takes the directory for a repository; else it would look for one in the directories above."""
        try:
            head = (self.path / "HEAD").read_bytes()
        except OSError:
            return False
        return bool(_HEAD.match(head)) and all((self.path / name).is_dir() for name in ("objects", "refs"))

    @contextmanager
    def locked(self) -> Iterator["Mirror"]:
        """Hold the mirror for writing.

        The fetches of the mirror that this gives inherit a second lock: if mlproj is killed and its git is not, the
        next one waits until that is gone too. Raises SourceError if it does not go.
        """
        lock = self.cache_dir / "locks" / f"git-{self.path.name}.lock"
        waiting = f"waiting: another run is fetching {self.where}"
        with (
            hold(lock, on_wait=lambda: self.access.on_progress(waiting)),
            lock.with_suffix(".fetch").open("w") as inherited,
        ):
            self._wait_for_others(inherited)
            for stale in (*self.path.glob("*.lock"), *self.path.glob("refs/mlproj/**/*.lock")):
                # Only the holder of the locks writes here: these are left of a git that was killed.
                stale.unlink(missing_ok=True)
            yield replace(self, held=(inherited.fileno(),))

    def _wait_for_others(self, inherited: TextIO) -> None:
        import fcntl
        import time

        deadline = time.monotonic() + self.patience
        told = False
        while True:
            try:
                return fcntl.flock(inherited, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    self.access.on_progress(f"waiting: a git of an earlier run is still fetching {self.where}")
                told = True
            if time.monotonic() > deadline:
                raise SourceError(
                    f"a git of an earlier run is still fetching it after {self.patience:.0f} seconds",
                    where=self.where,
                    hint=f"end the git that has {inherited.name} open",
                )
            time.sleep(0.1)

    def create(self, commit: str = "") -> None:
        """Create an empty mirror if there is none, for the kind of hash that `commit` is.

        It is made beside and moved into place.
        """
        if self.exists:
            return
        staging = make_directory(make_directory(self.path.parent) / f".{self.path.name}.{secrets.token_hex(6)}")
        try:
            program = self.access.at(staging)
            program.init("--quiet", "--bare", "--template=", f"--object-format={object_format(commit)}")
            (staging / "url.txt").write_text(f"{self.url}\n", encoding="utf-8", errors="surrogateescape")
            remove_tree(self.path)
            staging.replace(self.path)
        except BaseException:
            remove_tree(staging)
            raise

    def discard(self) -> None:
        """Remove the mirror, which was found damaged."""
        with self.locked():
            remove_tree(self.path)

    def commit_of(self, version: str) -> str | None:
        """The commit that a version means among what the mirror has, or None."""
        if not self.exists:
            return None
        self.mark_used()
        return self.access.commit_of(self.path, version)

    def mark_used(self) -> None:
        """Set the time by which `mlproj gc` tells the mirrors that nobody uses any more."""
        os.utime(self.path / "HEAD")

    def fetch_one(self, wanted: str, depth: int) -> None:
        """Fetch a ref or an object, with that much history, so that TIP names it."""
        self._fetch(f"--depth={depth}", "--", self.url, f"+{wanted}:{TIP}")

    def fetch_all(self, *extra: str) -> None:
        """Fetch every branch and tag with all its history, and `extra` refs: for what cannot be fetched alone."""
        refspecs = ("+refs/heads/*:refs/mlproj/heads/*", "+refs/tags/*:refs/mlproj/tags/*", *extra)
        try:
            self._fetch("--prune", f"--depth={_ALL_HISTORY}", "--", self.url, *refspecs)
        except ProgramFailedError as error:
            if "dumb http" not in (error.detail or ""):
                raise
            self._fetch("--prune", "--", self.url, *refspecs)

    def keep(self, commit: str) -> None:
        """Give a commit a ref of its own, so that nothing ever removes it from the mirror."""
        self.access.at(self.path).update_ref(f"refs/mlproj/commits/{commit}", commit)

    def _fetch(self, *arguments: str) -> None:
        # A branch may be gone, and one below its name there instead: only fetch_all prunes. Commits have refs of ours.
        options = ("--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules", "--force")
        self.access.showing(self.path, pass_fds=self.held).fetch("--progress", *options, *arguments)


def object_format(commit: str) -> str:
    """The kind of hash that names the objects of a repository."""
    return "sha256" if len(commit) == 64 else "sha1"  # noqa: PLR2004 - the digits of a sha256
