"""Where the files of another store's runs and models can be read from."""

from collections.abc import Mapping
from contextlib import suppress

from mlproj.errors import InvalidValueError, NotFoundError, ServerRefusedError
from mlproj.tracking.artifact_uris import local_directory, open_artifacts, own_path
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.object_store_config import is_object_store
from mlproj.transfer.files import SourceFiles


class StoreFiles:
    """`root` is where the artifacts that the store's server keeps can be read without it. `notes` takes what is not."""

    def __init__(self, store: Store, *, root: str | None, environ: Mapping[str, str], notes: list[str]) -> None:
        self._store = store
        self._environ = environ
        self._notes = notes
        self._beneath = None if root is None else SourceFiles(None, root=root, environ=environ)

    def link(self, uri: str) -> str | None:
        """An artifact URI by which anybody finds the files; None if only the server does."""
        if self._beneath is not None:
            return self._beneath.link(uri)
        return uri if is_object_store(uri) or local_directory(uri) is not None else None

    def at(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        """The files of a run or a logged model, read from wherever they are in reach."""
        if (place := self._in_reach(uri)) is not None:
            return open_artifacts(place, environ=self._environ)
        if own_path(uri) is not None:
            return self._store.artifacts(run_id) if run_id else self._store.artifacts_at(uri)
        return self._shown(uri, run_id, model_id)

    def _in_reach(self, uri: str) -> str | None:
        place = self.link(uri)
        if place is None or is_object_store(place):
            return place
        directory = local_directory(place)
        return place if directory is None or directory.is_dir() else None

    def _shown(self, uri: str, run_id: str, model_id: str) -> Artifacts | None:
        """Files that are not in reach of this machine, but maybe of the server's, which shows them."""
        from mlproj.tracking.rest import RestStore

        if isinstance(self._store, RestStore) and (run_id or model_id):
            files = self._store.served_files(run_id) if run_id else self._store.served_model_files(model_id)
            with suppress(InvalidValueError, NotFoundError, ServerRefusedError):
                files.list()
                return files
        self._notes.append(f"{uri} is not in reach of this machine: the files there are left out")
        return None
