"""A run as one file: a zip archive that is an RO-Crate and holds the run's own files, its code, inputs and wheels."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from mlproj.config import Settings
from mlproj.errors import DirectoryError, InvalidValueError, MlprojError, UsageError
from mlproj.record.crate import METADATA, crate
from mlproj.record.document import to_json
from mlproj.record.values import Capture, RunRecord
from mlproj.runner.bundled_runs import SIZE_LIMIT, bundled_run
from mlproj.runner.bundled_wheels import fetched_wheels
from mlproj.runner.files import FOLDER, RECORD
from mlproj.runner.past_runs import OUTPUTS, PastRun, find_run
from mlproj.runner.restoring import INPUTS
from mlproj.tracking.base import Store
from mlproj.version import VERSION

if TYPE_CHECKING:
    from zipfile import ZipFile

SNAPSHOT = "source/snapshot.tar.gz"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_bundle(
    past: PastRun,
    target: Path,
    *,
    store: Store,
    settings: Settings,
    with_packages: bool,
    on_note: Callable[[str], None],
) -> None:
    """Write a run as a bundle, beside and moved into place; the store, if it has the run, adds what an import needs.

    `with_packages` fetches the files of its packages. Raises DirectoryError, NotRecordedError, SourceError, BuildError,
    UsageError or TrackingError.
    """
    from tempfile import TemporaryDirectory

    if past.partial:
        raise UsageError("a run without a record cannot be bundled", where=f"run {past.run_id[:8]}")
    staging = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        with TemporaryDirectory(prefix="mlproj-", dir=settings.storage_dir) as folder:
            record, code = _with_code(past, Path(folder), settings, on_note)
            contents = {**dict(_own_files(past)), **code, **dict(_inputs(past, settings, on_note))}
            if with_packages:
                contents |= dict(fetched_wheels(record, Path(folder), settings=settings, on_note=on_note))
            if (run := find_run(past, store)) is None:
                on_note("the store does not have this run, so that the bundle can be run, but not imported")
            else:
                contents |= dict(bundled_run(run, record, store=store, scratch=Path(folder), on_note=on_note))
            _write(staging, contents, record, None if run is None else run.tags.get("mlflow.user"))
        staging.replace(target)
    except BaseException as error:
        staging.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DirectoryError(
                f"cannot write {target}: {error.strerror}", hint="name another file with -o"
            ) from error
        raise


def unpack_bundle(file: Path, target: Path) -> Path:
    """Unpack a bundle; gives its `run.json`. Raises InvalidValueError if it is none."""
    from mlproj.source.archives import unpack

    if not is_bundle(file):
        raise InvalidValueError(
            "not a bundle of a run", where=str(file), hint="write one: mlproj export RUN -o FILE.zip"
        )
    unpack(file, target, where=str(file))
    return target / FOLDER / RECORD


def is_bundle(file: Path) -> bool:
    """Whether this is a zip archive with a run's record in it."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as opened:
            return f"{FOLDER}/{RECORD}" in opened.namelist()
    except (OSError, BadZipFile):
        return False


def _with_code(
    past: PastRun, scratch: Path, settings: Settings, on_note: Callable[[str], None]
) -> tuple[RunRecord, dict[str, Path]]:
    """The whole code as a snapshot, so that no repository is needed; the record says that it is one."""
    from mlproj.source.checkouts import release
    from mlproj.source.packing import pack
    from mlproj.source.rebuilding import rebuild
    from mlproj.source.tree import read_tree

    source = past.record.source
    if source.capture is not None and source.capture.snapshot is not None:
        return past.record, {}
    try:
        checkout = rebuild(source, past.files, settings=settings)
    except MlprojError as error:
        on_note(f"the bundle has only what the record keeps of the code, which cannot be rebuilt: {error}")
        return past.record, {}
    archive = scratch / "snapshot.tar.gz"
    try:
        tree = read_tree(checkout.top, settings=settings, left_out=source.left_out, ask_git=False)
        pack(checkout.top, tree.files, archive)
    finally:
        release(checkout, settings=settings)
    captured = replace(source.capture or Capture(), snapshot=SNAPSHOT)
    return replace(past.record, source=replace(source, capture=captured)), {f"{FOLDER}/{SNAPSHOT}": archive}


def _own_files(past: PastRun) -> Iterator[tuple[str, Path]]:
    room = SIZE_LIMIT
    for path in sorted(past.files.rglob("*")):
        name = path.relative_to(past.files).as_posix()
        if path.is_file() and name != RECORD:
            size = path.stat().st_size
            if name.startswith(f"{OUTPUTS}/"):
                if size > room:
                    continue
                room -= size
            yield f"{FOLDER}/{name}", path


def _inputs(past: PastRun, settings: Settings, on_note: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    from mlproj.runner.restoring import find_input

    room = SIZE_LIMIT
    for record in past.record.inputs.values():
        for file in record.files:
            found = find_input(file, past, settings)
            if found is None or file.size > room:
                on_note(
                    f"the input {file.path} is not in the bundle: {'too large' if found else 'not found as it was'}"
                )
                continue
            room -= file.size
            yield f"{FOLDER}/{INPUTS}/{file.path.lstrip('/')}", found


def _write(target: Path, contents: dict[str, Path], record: RunRecord, user: str | None) -> None:
    from zipfile import ZIP_DEFLATED, ZipFile

    text = to_json(record)
    sizes = {quote(name): path.stat().st_size for name, path in contents.items()}
    sizes[f"{FOLDER}/{RECORD}"] = len(text.encode())
    metadata = crate(record, files=sizes, version=VERSION, user=user)
    with ZipFile(target, "x", compression=ZIP_DEFLATED) as opened:
        _add_text(opened, METADATA, json.dumps(metadata, indent=2, ensure_ascii=False) + "\n")
        _add_text(opened, f"{FOLDER}/{RECORD}", text)
        for name, path in sorted(contents.items()):
            opened.write(path, name)


def _add_text(opened: "ZipFile", name: str, text: str) -> None:
    from zipfile import ZIP_DEFLATED, ZipInfo

    info = ZipInfo(name, date_time=_EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    opened.writestr(info, text)
