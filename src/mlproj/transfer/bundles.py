"""The run of a bundle: a zip archive with its lines, its artifacts, and its own files below `mlproj/`."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from mlproj.errors import UserError
from mlproj.source.archives import unpack
from mlproj.tracking.artifacts import LocalArtifacts
from mlproj.tracking.base import Artifacts
from mlproj.transfer.lines import LinesFile

LINES = "runs.jsonl"
ARTIFACTS = "artifacts"
_OWN = "mlproj"


class Bundle(LinesFile):
    """A bundle, unpacked below `scratch` for as long as it is open. Raises UserError or SourceError."""

    def __init__(self, file: Path, *, scratch: Path | None, environ: Mapping[str, str]) -> None:
        self._folder = Path(mkdtemp(prefix="mlproj-", dir=scratch))
        try:
            top = self._folder / "bundle"
            unpack(file, top, where=str(file))
            self._artifacts = _gathered(top, str(file))
            super().__init__(top / LINES, environ=environ, uri=str(file))
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        """The files of its run; those of logged models only where they still are."""
        return LocalArtifacts(self._artifacts) if run_id else super().artifacts(uri)

    def link(self, uri: str) -> str | None:
        """None: what is unpacked goes away again."""
        return None

    def close(self) -> None:
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _gathered(top: Path, where: str) -> Path:
    """The directory that holds the run's artifacts as a store has them."""
    if not (top / LINES).is_file():
        raise UserError(
            "the archive has no run to import", where=where, hint="export again: mlproj export RUN -o x.zip"
        )
    root = top / ARTIFACTS
    shutil.rmtree(root / _OWN, ignore_errors=True)
    root.mkdir(exist_ok=True)
    if (top / _OWN).is_dir():
        (top / _OWN).rename(root / _OWN)
    return root
