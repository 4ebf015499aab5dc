"""The code of a run, rebuilt for a bundle: whole, so that no repository is needed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import MlprojError
from mlproj.record.values import Capture, RunRecord
from mlproj.runner.files import FOLDER
from mlproj.runner.past.runs import PastRun
from mlproj.source.checkout import Checkout

SNAPSHOT = "source/snapshot.tar.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledCode:
    """The record that names the code, its files by their paths in the bundle, and the project's directory.

    `root` is there while the context lasts; None where the code was not rebuilt.
    """

    record: RunRecord
    files: Mapping[str, Path] = field(default_factory=dict)
    root: Path | None = None


@contextmanager
def bundled_code(
    past: PastRun, scratch: Path, *, settings: Settings, on_note: Callable[[str], None], always: bool
) -> Iterator[BundledCode]:
    """The code as a snapshot, which the record then says to be there. One that has a snapshot already is rebuilt only
    if that is `always` wanted."""
    from mlproj.source.capture.rebuilding import rebuild
    from mlproj.source.checkouts import release

    capture = past.record.source.capture
    has_snapshot = capture is not None and capture.snapshot is not None
    if has_snapshot and not always:
        yield BundledCode(record=past.record)
        return
    try:
        checkout = rebuild(past.record.source, past.files, settings=settings)
    except MlprojError as error:
        on_note(f"the bundle has only what the record keeps of the code, which cannot be rebuilt: {error}")
        yield BundledCode(record=past.record)
        return
    try:
        if has_snapshot:
            yield BundledCode(record=past.record, root=checkout.root)
        else:
            yield _packed(past, checkout, scratch / "snapshot.tar.gz", settings)
    finally:
        release(checkout, settings=settings)


def _packed(past: PastRun, checkout: Checkout, archive: Path, settings: Settings) -> BundledCode:
    from mlproj.source.capture.packing import pack
    from mlproj.source.tree import read_tree

    source = past.record.source
    tree = read_tree(checkout.top, settings=settings, left_out=source.left_out, ask_git=False)
    pack(checkout.top, tree.files, archive)
    captured = replace(source.capture or Capture(), snapshot=SNAPSHOT)
    record = replace(past.record, source=replace(source, capture=captured))
    return BundledCode(record=record, files={f"{FOLDER}/{SNAPSHOT}": archive}, root=checkout.root)
