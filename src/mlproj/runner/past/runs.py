"""Past runs, from wherever their record is: a store, a `run.json` beside a paper or on the web, a bundle."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlproj.config import Settings
from mlproj.errors import InvalidValueError, MlprojError, NotFoundError, UsageError
from mlproj.record.document import from_json
from mlproj.record.values import Capture, MetricRecord, RunRecord
from mlproj.runner import tags
from mlproj.runner.files import FOLDER, OUTPUT, RECORD
from mlproj.runner.past.partial_records import partial_record
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import Run
from mlproj.tracking.liveness import Supervisor
from mlproj.tracking.run_ids import resolve_run_id

OUTPUTS = "outputs"
BUNDLE_SUFFIX = ".zip"
SCHEME = "runs:/"
_NOT_NEEDED = {OUTPUT, "output.index.jsonl", "environment.log"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that is over, and its record's directory on this machine.

    `run` is the run in the store, None where only the record is at hand. `partial` says that there is no record: what
    is known comes from the run's tags. `changed` says that a record by itself is not the one that the store's run had.
    `fetch` brings a file of its directory that is not there yet, if it can be had. `beside` is the directory of another
    record of which inputs were taken over.
    """

    record: RunRecord
    files: Path
    run: Run | None = None
    partial: bool = False
    changed: bool = False
    fetch: Callable[[str], Path | None] | None = None
    beside: Path | None = None

    @property
    def run_id(self) -> str:
        return self.record.run_id

    def read_output(self, path: str) -> bytes | None:
        """The content of an output; None if it was not kept."""
        file: Path | None = self.files / OUTPUTS / path
        try:
            if self.fetch is not None and file is not None and not file.exists():
                file = self.fetch(f"{OUTPUTS}/{path}")
            return None if file is None else file.read_bytes()
        except OSError:
            return None


@contextmanager
def opened_past(
    text: str, *, store: Store, settings: Settings, on_progress: Callable[[str], None] = lambda _: None
) -> Iterator[PastRun]:
    """The run that `text` names: an id or its beginning, a `run.json` as path or URL, or a bundle.

    Raises NotFoundError, InvalidValueError (also for a record that was changed in its store), SourceError or
    TrackingError.
    """
    with TemporaryDirectory(prefix="mlproj-", dir=settings.storage_dir) as folder:
        scratch = Path(folder)
        text = text.removeprefix(SCHEME).strip("/") if text.startswith(SCHEME) else text
        is_url = text.startswith(("http://", "https://"))
        if is_url or text.endswith((".json", BUNDLE_SUFFIX)):
            if is_url:
                past, file = _from_web(text, scratch, settings, on_progress)
            else:
                file = Path(text)
                past = _from_file(file, scratch)
            past = _compared(past, file, store)
            yield _with_files(past, store=store, scratch=scratch, on_progress=on_progress)
        else:
            run_id = resolve_run_id(store, text)
            _refuse_running(run_id, store)
            yield from_store(run_id, store=store, scratch=scratch, on_progress=on_progress)


def _refuse_running(run_id: str, store: Store) -> None:
    """Raise UsageError for a run of ours that goes on: its record is not complete."""
    from mlproj.runner.following import look

    run = look(store, run_id)
    if not run.status.is_final and Supervisor.from_tags(run.tags) is not None:
        raise UsageError(f"run {run_id} is running", hint=f"wait for it: mlproj runs wait {run_id[:8]}")


def from_store(
    run_id: str, *, store: Store, scratch: Path, on_progress: Callable[[str], None] = lambda _: None
) -> PastRun:
    """A run of a store, with its files in place, or fetched below `scratch`."""
    run = store.get_run(run_id)
    artifacts = store.artifacts(run_id)
    root = artifacts.local_directory()
    if root is None:
        on_progress(f"fetching the record of run {run_id}")
        root = _fetch(artifacts, scratch / run_id)
    files = root / FOLDER
    try:
        content = (files / RECORD).read_bytes()
    except OSError:
        return PastRun(record=partial_record(run), files=files, run=run, partial=True)
    if is_changed(content, run):
        raise InvalidValueError(
            f"the record of run {run_id[:8]} was changed: its sha256 is not that of the tag {tags.RECORD}",
            where=str(files / RECORD),
            hint="a copy elsewhere can be given as a file",
        )
    record = from_json(content.decode("utf-8", errors="replace"))
    if not record.metrics:
        metrics = {key: MetricRecord(value=metric.value) for key, metric in run.metrics.items()}
        record = replace(record, metrics={key: one for key, one in metrics.items() if not key.startswith("system/")})
    return PastRun(record=record, files=files, run=run)


def is_changed(content: bytes, run: Run) -> bool:
    """Whether a record is another than the run says that it wrote."""
    digest = hashlib.sha256(content).hexdigest()
    return run.tags.get(tags.RECORD, digest) != digest


def _fetch(artifacts: Artifacts, target: Path) -> Path:
    """The run's own files, but for what it printed."""
    from mlproj.tracking.transfers import download, find_files

    try:
        listed = list(find_files(artifacts, FOLDER))
    except NotFoundError:
        return target
    for info in listed:
        if info.path.removeprefix(f"{FOLDER}/") not in _NOT_NEEDED:
            download(artifacts, info, target)
    return target


def _from_web(url: str, scratch: Path, settings: Settings, on_progress: Callable[[str], None]) -> tuple[PastRun, Path]:
    """The record of a URL with the code that lies beside it; its outputs are fetched where they are compared."""
    from mlproj.runner.past.web_records import WebRecord

    web = WebRecord(url, scratch, settings=settings, on_progress=on_progress)
    file = web.fetch(scratch / (web.name if web.name.endswith(BUNDLE_SUFFIX) else RECORD))
    past = _from_file(file, scratch)
    if file.name == RECORD:
        past = replace(past, fetch=web.fetch_beside)
        for name in _captured(past.record.source.capture or Capture()):
            web.fetch_beside(name)
    return past, file


def _from_file(file: Path, scratch: Path) -> PastRun:
    if file.name.endswith(BUNDLE_SUFFIX):
        from mlproj.runner.bundles.exporting import unpack_bundle

        file = unpack_bundle(file, scratch / "bundle")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise InvalidValueError("not a run record: no UTF-8 text", where=str(file)) from error
    try:
        return PastRun(record=from_json(text), files=file.absolute().parent)
    except InvalidValueError as error:
        raise InvalidValueError(error.message, where=str(file), hint=error.hint) from error


def _compared(past: PastRun, file: Path, store: Store) -> PastRun:
    """A record by itself, held to the one that the store's run had; a bundle has one of its own."""
    if file.name.endswith(BUNDLE_SUFFIX):
        return past
    run = find_run(past, store)
    return replace(past, changed=run is not None and is_changed(file.read_bytes(), run))


def _with_files(past: PastRun, *, store: Store, scratch: Path, on_progress: Callable[[str], None]) -> PastRun:
    """A record with the files of its run from the store, where they do not lie beside it and the store has the run."""
    if all((past.files / name).is_file() for name in _names(past.record)) or find_run(past, store) is None:
        return past
    return replace(past, files=from_store(past.run_id, store=store, scratch=scratch, on_progress=on_progress).files)


def _names(record: RunRecord) -> Iterator[str]:
    """The files that a record says it has beside it."""
    if record.source.capture is not None:
        yield from _captured(record.source.capture)
    for output in record.outputs.values():
        if output.stored == "artifact":
            yield from (f"{OUTPUTS}/{file.path}" for file in output.files if file.path not in output.hash_only)


def _captured(capture: Capture) -> Iterator[str]:
    yield from filter(None, (capture.diff, capture.files, capture.bundle, capture.snapshot))
    for inner in capture.submodules.values():
        yield from _captured(inner)


def find_run(past: PastRun, store: Store) -> Run | None:
    """The run in the store that a record belongs to, if the store has it."""
    if past.run is not None:
        return past.run
    try:
        return store.get_run(past.run_id)
    except MlprojError:
        return None
