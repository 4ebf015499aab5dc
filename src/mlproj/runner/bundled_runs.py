"""What a bundle holds of the store's side of a run, for an import: its lines, and the artifacts that it logged."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

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
    from mlproj.transfer.bundles import LINES
    from mlproj.transfer.lines import write_lines

    digest = hashlib.sha256(to_json(record).encode()).hexdigest()
    lines = scratch / LINES
    with lines.open("xb") as file:
        file.writelines(write_lines(store, [run.run_id], tags={tags.RECORD: digest}))
    yield LINES, lines
    yield from _artifacts(store.artifacts(run.run_id), scratch, on_note)


def _artifacts(artifacts: Artifacts, scratch: Path, on_note: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """What lies beside the run's own files."""
    from mlproj.tracking.transfers import download, find_files
    from mlproj.transfer.bundles import ARTIFACTS

    room, here = SIZE_LIMIT, artifacts.local_directory()
    for top in artifacts.list():
        for info in () if top.path == FOLDER else find_files(artifacts, top.path) if top.is_dir else (top,):
            size = info.file_size or 0
            if size > room:
                on_note(f"the artifact {info.path} is not in the bundle: too large")
                continue
            room -= size
            file = here / info.path if here else download(artifacts, info, scratch / ARTIFACTS)
            yield f"{ARTIFACTS}/{info.path}", file
