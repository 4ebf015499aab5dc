"""What a bundle holds of the store's side of a run, for an import: its lines, and the artifacts that it logged."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import MlprojError
from mlproj.record.document import to_json
from mlproj.record.values import RunRecord
from mlproj.runner import tags
from mlproj.runner.files import FOLDER
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import Run

SIZE_LIMIT = 2 << 30
"""What inputs, outputs and artifacts of a bundle may each hold together, in bytes."""


def bundled_run(
    run: Run, record: RunRecord, *, store: Store, scratch: Path, on_note: Callable[[str], None]
) -> Iterator[tuple[str, Path]]:
    """The files of a bundle (path in it, file on this machine). The record's hash is that of the bundle's record.

    Raises OSError or TrackingError.
    """
    from mlproj.transfer.bundles import ARTIFACTS, LINES, MODELS
    from mlproj.transfer.lines import write_lines
    from mlproj.transfer.store_source import models_of

    digest = hashlib.sha256(to_json(record).encode()).hexdigest()
    lines = scratch / LINES
    with lines.open("xb") as file:
        file.writelines(write_lines(store, [run.run_id], tags={tags.RECORD: digest}))
    yield LINES, lines
    packing = _Packing(scratch=scratch, on_note=on_note)
    yield from packing.files(store.artifacts(run.run_id), ARTIFACTS, left_out=FOLDER, what="the artifact ")
    for model in models_of(store, run):
        what = f"of the model {model.name or model.model_id}, "
        try:
            found = list(packing.files(store.artifacts_at(model.artifact_uri), f"{MODELS}/{model.model_id}", what=what))
        except MlprojError as error:
            on_note(f"the files {what.removesuffix(', ')} are not in the bundle: {error}")
        else:
            yield from found


@dataclass(slots=True, kw_only=True)
class _Packing:
    """Files of artifact stores on their way into a bundle, as long as there is room."""

    scratch: Path
    on_note: Callable[[str], None]
    room: int = SIZE_LIMIT

    def files(
        self, artifacts: Artifacts, folder: str, *, what: str, left_out: str | None = None
    ) -> Iterator[tuple[str, Path]]:
        """What lies there, but for one top, with its path in the bundle; what is too large is named."""
        from mlproj.tracking.transfers import download, find_files

        here = artifacts.local_directory()
        for top in artifacts.list():
            for info in () if top.path == left_out else find_files(artifacts, top.path) if top.is_dir else (top,):
                size = info.file_size or 0
                if size > self.room:
                    self.on_note(f"{what}{info.path} is not in the bundle: too large")
                    continue
                self.room -= size
                yield (
                    f"{folder}/{info.path}",
                    here / info.path if here else download(artifacts, info, self.scratch / folder),
                )
