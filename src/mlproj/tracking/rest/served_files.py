"""Files as a server shows them to its pages: to be read, wherever the server keeps them."""

from collections.abc import Iterator
from urllib.parse import quote

from mlproj.errors import InvalidValueError
from mlproj.tracking.artifacts import check_path
from mlproj.tracking.rest.artifacts import Files, RestArtifacts
from mlproj.tracking.rest.connection import Connection


class _Shown(RestArtifacts):
    def write(self, path: str, content: Iterator[bytes]) -> None:
        raise InvalidValueError(f"{path!r} cannot be written: it is kept on the server's own machine")

    def delete(self, path: str) -> None:
        raise InvalidValueError(f"{path!r} cannot be deleted: it is kept on the server's own machine")


class ServedFiles(_Shown):
    """Those of a run."""

    def __init__(self, connection: Connection, run_id: str) -> None:
        super().__init__(connection, "", run_id=run_id)

    def _url(self, path: str) -> str:
        return f"/get-artifact?run_uuid={quote(self._run_id, safe='')}&path={quote(check_path(path), safe='')}"


class ServedModelFiles(_Shown):
    """Those of a logged model that is not deleted."""

    def __init__(self, connection: Connection, model_id: str) -> None:
        super().__init__(connection, "")
        self._model = f"2.0/mlflow/logged-models/{quote(model_id, safe='')}/artifacts"

    def _below_root(self, path: str) -> Files:
        return self._pages(f"/api/{self._model}/directories", ("artifact_directory_path", path))

    def _url(self, path: str) -> str:
        return f"/ajax-api/{self._model}/files?artifact_file_path={quote(check_path(path), safe='')}"
