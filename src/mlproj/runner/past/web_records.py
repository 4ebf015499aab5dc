"""Records on the web, and what lies beside them there."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit, urlunsplit

from mlproj.config import Settings
from mlproj.errors import SourceError
from mlproj.source.credentials import split_credentials
from mlproj.source.download import download


class WebRecord:
    """A record by its URL: itself is fetched at once, what lies beside it when it is asked for."""

    def __init__(self, url: str, folder: Path, *, settings: Settings, on_progress: Callable[[str], None]) -> None:
        self._url, self._credentials = split_credentials(url)
        self._folder = folder
        self._settings = settings
        self._say = on_progress

    @property
    def name(self) -> str:
        """The last part of the URL's path."""
        return PurePosixPath(urlsplit(self._url).path).name

    def fetch(self, target: Path) -> Path:
        """The record itself. Raises SourceError."""
        self._download(self._url, target)
        return target

    def fetch_beside(self, name: str) -> Path | None:
        """A file that the record says it has beside it, by its path from there; None if it cannot be had."""
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            return None
        parts, target = urlsplit(self._url), self._folder / name
        folder = parts.path.rpartition("/")[0]
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._download(urlunsplit(parts._replace(path=f"{folder}/{quote(name)}")), target)
        except SourceError:
            return None
        return target

    def _download(self, url: str, target: Path) -> None:
        download(url, target, environ=self._settings.environ, credentials=self._credentials, on_progress=self._say)
