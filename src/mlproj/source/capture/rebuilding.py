"""From what a run's record says of its code to a checkout of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.record.values import Capture, Source
from mlproj.source.capture.capturing import RECORDED
from mlproj.source.capture.packing import unpack
from mlproj.source.capture.recorded_changes import apply_all, keep_recorded, require, supply, verify, without_lost
from mlproj.source.capture.recorded_commits import Recorded
from mlproj.source.capture.recorded_names import check_names
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import staged
from mlproj.system.files import make_directory


def rebuild(
    source: Source,
    files: Path,
    *,
    settings: Settings,
    run_id: str | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Checkout:
    """A checkout of the run's own with the code that the record says; `files` is the record's directory.

    Raises SourceError, which names what is missing; NotRecordedError for what was not kept.
    """
    check_names(source)
    captured = source.capture or Capture()
    fetched = Recorded(source, files, settings, on_progress)
    if source.kind == "archive" and captured.snapshot is None:
        return fetched.archive(run_id)
    with staged(settings, _name(source), run_id) as (tree, commit):
        if captured.snapshot is not None:
            make_directory(tree)
            unpack(require(files / captured.snapshot, source.uri), tree, where=source.uri)
        else:
            fetched.check_out(tree)
            apply_all(captured, files, tree, settings, where=source.uri)
        supply(source, captured.dropped, tree, settings)
        verify(source, tree, settings)
        captured = without_lost(captured, files)
        keep_recorded(captured, files, tree.parent / RECORDED)
        top = commit()
    root = top / source.subdirectory if source.subdirectory else top
    found = source if source.capture is None else replace(source, capture=captured)
    return Checkout(root=root, top=top, source=found, owned=True)


def _name(source: Source) -> str:
    return (source.repository or source.uri).rstrip("/").removesuffix(".git").replace(":", "/").rpartition("/")[2]
