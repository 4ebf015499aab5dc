"""A run as one file: a zip archive that is an RO-Crate and holds the run's own files, its code, inputs and wheels."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import DirectoryError, InvalidValueError, UsageError
from mlproj.runner.bundles.code import bundled_code
from mlproj.runner.bundles.packages import fetched_packages
from mlproj.runner.bundles.runs import SIZE_LIMIT, bundled_run
from mlproj.runner.bundles.writing import check_target, write_crate
from mlproj.runner.files import FOLDER, RECORD
from mlproj.runner.past.restoring import INPUTS
from mlproj.runner.past.runs import OUTPUTS, PastRun, find_run
from mlproj.tracking.base import Store


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
    staging = target.with_name(f".mlproj-{os.urandom(8).hex()}")
    try:
        check_target(target)
        with TemporaryDirectory(prefix="mlproj-", dir=settings.storage_dir) as name:
            folder = Path(name)
            with bundled_code(past, folder, settings=settings, on_note=on_note, always=with_packages) as code:
                contents = {**dict(_own_files(past, on_note)), **code.files, **dict(_inputs(past, settings, on_note))}
                if with_packages:
                    contents |= dict(fetched_packages(past, code.root, folder, settings=settings, on_note=on_note))
            if (run := find_run(past, store)) is None:
                on_note("the store does not have this run, so that the bundle can be run, but not imported")
            else:
                contents |= dict(bundled_run(run, code.record, store=store, scratch=folder, on_note=on_note))
            user = None if run is None else run.tags.get("mlflow.user")
            write_crate(staging, contents, code.record, user, on_note=on_note)
        staging.replace(target)
    except BaseException as error:
        staging.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DirectoryError(
                f"cannot write {target}: {error.strerror or error}", hint="name another file with -o"
            ) from error
        raise


def unpack_bundle(file: Path, target: Path) -> Path:
    """Unpack a bundle; gives its `run.json`. Raises InvalidValueError if it is none."""
    from mlproj.source.archives import unpack

    if not is_bundle(file):
        raise InvalidValueError(
            "not a bundle of a run", where=str(file), hint="write one: mlproj export RUN -o FILE.zip"
        )
    unpack(file, target, where=str(file), literal=True)
    return target / FOLDER / RECORD


def is_bundle(file: Path) -> bool:
    """Whether this is a zip archive with a run's record in it."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as opened:
            return f"{FOLDER}/{RECORD}" in opened.namelist()
    except (OSError, BadZipFile):
        return False


def _own_files(past: PastRun, on_note: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    room = SIZE_LIMIT
    for path in sorted(past.files.rglob("*")):
        name = path.relative_to(past.files).as_posix()
        if path.is_file() and name != RECORD:
            size = path.stat().st_size
            if name.startswith(f"{OUTPUTS}/"):
                if size > room:
                    on_note(f"the output {name.removeprefix(f'{OUTPUTS}/')} is not in the bundle: too large")
                    continue
                room -= size
            yield f"{FOLDER}/{name}", path


def _inputs(past: PastRun, settings: Settings, on_note: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    from mlproj.runner.past.restoring import find_input

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
