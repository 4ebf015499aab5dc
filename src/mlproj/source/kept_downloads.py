"""What was fetched from web servers, kept in the cache by its content: asked for anew, and sent only if it changed."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from mlproj.config import Settings
from mlproj.source.credentials import Credentials, split_credentials
from mlproj.source.download import Validators, download
from mlproj.system.files import make_directory, write_atomically
from mlproj.system.hash_cache import HashCache
from mlproj.system.hashing import Hashed, hash_file, hash_files
from mlproj.system.locks import hold

FOLDER = "downloads"
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A read-only file of the cache: copy it, do not give it away."""

    path: Path
    hashed: Hashed


class KeptDownloads:
    """The downloads in the cache. A URL is known by a hash of it: it may have a token in it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.cache_dir / FOLDER

    def fetch(
        self, url: str, *, sha256: str | None = None, on_progress: Callable[[str], None] = lambda _: None
    ) -> Downloaded:
        """What a URL holds now; without asking if it is to have a content that is here. Raises SourceError."""
        if sha256 is not None and (found := self.find(sha256)) is not None:
            return found
        plain, credentials = split_credentials(url)
        key = hashlib.sha256(f"{plain}\0{credentials.username or ''}".encode(errors="surrogateescape")).hexdigest()
        with hold(self._root / "locks" / key, on_wait=lambda: on_progress("waiting for another run's download")):
            return self._fetch(plain, credentials, self._root / "urls" / f"{key}.json", on_progress)

    def find(self, sha256: str) -> Downloaded | None:
        """A download with this content; one that was damaged is removed."""
        path = self._root / "files" / sha256
        with contextlib.suppress(OSError):
            with HashCache(self._settings.cache_dir / "hashes.db") as known:
                hashed = hash_files({str(path): path.stat()}, cache=known)[str(path)]
            if hashed.sha256 == sha256:
                os.utime(path)
                return Downloaded(path=path, hashed=hashed)
            path.unlink()
        return None

    def _fetch(self, url: str, credentials: Credentials, note: Path, on_progress: Callable[[str], None]) -> Downloaded:
        known = _read(note)
        kept = None if known is None else self.find(known[0])
        staging = make_directory(self._root / "files") / f".{os.urandom(8).hex()}"
        try:
            validators = download(
                url,
                staging,
                environ=self._settings.environ,
                credentials=credentials,
                on_progress=on_progress,
                unless=None if kept is None or known is None else known[1],
            )
            if validators is None and kept is not None:
                return kept
            hashed = hash_file(staging)
            staging.chmod(_READ_ONLY)
            path = staging.replace(self._root / "files" / hashed.sha256)
        finally:
            staging.unlink(missing_ok=True)
        make_directory(note.parent)
        write_atomically(note, json.dumps({"sha256": hashed.sha256, **asdict(validators or Validators())}))
        return Downloaded(path=path, hashed=hashed)

    def unused(self, older_than: float, now: float) -> Iterator[tuple[Path, int]]:
        """Files that nobody has asked for in so many seconds, with their size on disk."""
        for path in sorted((self._root / "files").glob("*")):
            with contextlib.suppress(OSError):
                status = path.stat()
                if now - status.st_mtime > older_than:
                    yield path, status.st_blocks * 512


def _read(note: Path) -> tuple[str, Validators] | None:
    try:
        table = json.loads(note.read_text(encoding="utf-8"))
        return str(table["sha256"]), Validators(etag=table["etag"], last_modified=table["last_modified"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
