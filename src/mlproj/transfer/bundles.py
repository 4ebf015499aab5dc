"""The run of a bundle: a zip archive with its lines, its artifacts, and its own files below `mlproj/`."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from mlproj.errors import UserError
from mlproj.source.archives import unpack
from mlproj.tracking.base import Artifacts
from mlproj.transfer.lines import LinesFile
from mlproj.transfer.unpacked import UnpackedArtifacts

LINES = "runs.jsonl"
ARTIFACTS = "artifacts"
MODELS = "models"
_OWN = "mlproj"


class Bundle(LinesFile):
    """A bundle, unpacked below `scratch` for as long as it is open. Raises UserError or SourceError."""

    def __init__(self, file: Path, *, scratch: Path | None, environ: Mapping[str, str]) -> None:
        self._folder = Path(mkdtemp(prefix="mlproj-", dir=scratch))
        try:
            top = self._folder / "bundle"
            unpack(file, top, where=str(file), literal=True)
            self._artifacts = _gathered(top, str(file))
            super().__init__(top / LINES, environ=environ, uri=str(file))
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        """The files of its run and of its models. What it names elsewhere is not looked at: it may come from anyone."""
        if run_id:
            return UnpackedArtifacts(self._artifacts)
        folder = self._folder / "bundle" / MODELS / model_id
        inside = model_id not in {"", ".", ".."} and "/" not in model_id and folder.is_dir()
        return UnpackedArtifacts(folder) if inside else None

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
