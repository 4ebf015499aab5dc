"""Where the artifacts of a source are, also when its folder has been moved since."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mlproj.errors import SettingError
from mlproj.tracking.artifact_uris import ArtifactPlaces, local_directory, own_path, read_root
from mlproj.tracking.base import Artifacts
from mlproj.tracking.object_store_config import is_object_store

FOLDERS = frozenset({"mlruns", "mlartifacts"})


class SourceFiles:
    """`beside` is the directory of the source; `root` is what `mlflow-artifacts:/` stands for there."""

    def __init__(self, beside: Path | None, *, root: str | None, environ: Mapping[str, str]) -> None:
        self._beside = beside
        self._root = None if root is None else _existing(root, environ)
        if self._root is None and beside is not None and (beside / "mlartifacts").is_dir():
            self._root = str(beside / "mlartifacts")
        self._places = ArtifactPlaces(self._root or "", environ)

    def at(self, uri: str) -> Artifacts | None:
        return None if not uri else self._places.at(self.link(uri) or uri)

    def link(self, uri: str) -> str | None:
        """The URI under which the files are found from anywhere on this machine."""
        path = own_path(uri)
        if path is not None:
            if self._root is None:
                raise SettingError(
                    "the source kept its artifacts behind its server", where=uri, hint="say where with --artifacts"
                )
            return f"{self._root}/{path}"
        if is_object_store(uri):
            return uri
        directory = local_directory(uri)
        if directory is None and not urlsplit(uri).scheme and self._beside is not None:
            directory = self._beside / uri
        if directory is None:
            return None
        return str(self._moved(directory))

    def _moved(self, directory: Path) -> Path:
        """The same directory below the source's own, or below the root that is given, if it is only there."""
        if directory.exists():
            return directory
        return next((place for place in self._places_of(directory) if place.exists()), directory)

    def _places_of(self, directory: Path) -> Iterator[Path]:
        """Where it may have been moved to; the id of a run or model is always part of it."""
        parts = directory.parts
        if self._beside is not None:
            for number, part in enumerate(parts):
                if part in FOLDERS:
                    yield self._beside.joinpath(*parts[number:])
        if self._root is not None and (root := local_directory(self._root)) is not None:
            for number in range(1, len(parts) - 1):
                yield root.joinpath(*parts[number:])


def _existing(text: str, environ: Mapping[str, str]) -> str:
    root = read_root(text, environ=environ)
    directory = local_directory(root)
    if directory is not None and not directory.is_dir():
        raise SettingError("no such directory", where=root, hint="name the one with the source's artifacts")
    return root
