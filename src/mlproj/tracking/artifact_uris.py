"""From an artifact URI to the files behind it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mlproj.errors import ForeignStorageError, SettingError
from mlproj.tracking.artifacts import LocalArtifacts, check_path
from mlproj.tracking.base import Artifacts
from mlproj.tracking.object_store_config import is_object_store, read_location

if TYPE_CHECKING:
    from mlproj.tracking.object_store import Bucket

OWN = "mlflow-artifacts:"


class ArtifactPlaces:
    """Files by URI. `root` is what `mlflow-artifacts:/` stands for: a directory, or the URI of an object store."""

    def __init__(self, root: str, environ: Mapping[str, str]) -> None:
        self.root = root
        self._environ = environ
        self._buckets: dict[str, Bucket] = {}

    def at(self, uri: str) -> Artifacts:
        """The files at a URI (mlflow-artifacts:, a directory, file:, s3:, gs:, az:, wasbs:, abfss:).

        Nothing is asked of an object store yet. ForeignStorageError for other kinds of URI, SettingError for a bad one.
        """
        path = own_path(uri)
        return self._open(uri, "") if path is None else self.below(path)

    def below(self, path: str) -> Artifacts:
        """The files at a path below the root."""
        return self._open(self.root, path)

    def _open(self, uri: str, path: str) -> Artifacts:
        if is_object_store(uri):
            from mlproj.tracking.object_store import Bucket, ObjectArtifacts, require_client

            location = read_location(uri, self._environ)
            require_client(location.uri)
            bucket = self._buckets.setdefault(location.uri, Bucket(location))
            return ObjectArtifacts(bucket, "/".join(part for part in (location.prefix, path) if part))
        if (directory := local_directory(uri)) is not None:
            return LocalArtifacts(directory / path)
        raise ForeignStorageError(
            "artifacts at this address cannot be reached", where=uri, hint="they are not on this machine"
        )


def open_artifacts(uri: str, *, environ: Mapping[str, str]) -> Artifacts:
    """The files at a URI that needs no root."""
    return ArtifactPlaces("", environ).at(uri)


def local_directory(uri: str) -> Path | None:
    """The directory of this machine that a URI names, if it names one."""
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return Path(unquote(parts.path))
    return Path(uri) if uri.startswith("/") else None


def read_root(text: str, *, environ: Mapping[str, str]) -> str:
    """An artifact root as a store keeps it: an absolute path, or the URI of an object store. SettingError."""
    if is_object_store(text):
        read_location(text, environ)
        return text.rstrip("/")
    directory = local_directory(text)
    if directory is None and (not text or "://" in text):
        raise SettingError(
            f"artifacts cannot be kept in {text.partition('://')[0]}://..." if text else "an artifact root is empty",
            hint="give a directory, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX",
        )
    return str((directory or Path(text).expanduser()).absolute())


def own_path(uri: str) -> str | None:
    """The path below the artifact root that a `mlflow-artifacts:` URI names; None for another URI."""
    if uri.startswith(f"{OWN}/") and not uri.startswith(f"{OWN}//") and "%" not in uri:
        return check_path(uri.removeprefix(f"{OWN}/"))
    parts = urlsplit(uri)
    return check_path(unquote(parts.path).lstrip("/")) if parts.scheme == "mlflow-artifacts" else None
