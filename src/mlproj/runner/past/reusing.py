"""`mlproj run --reuse`: a run whose every part is as it was before is not computed again."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlproj.envs.values import Environment
from mlproj.errors import MlprojError, NotFoundError
from mlproj.record.reuse_key import ReuseKey, from_tag, missing_part, reuse_key
from mlproj.record.values import FileFact, RunRecord
from mlproj.runner import tags
from mlproj.runner.past.reuse_tags import uncovered
from mlproj.runner.past.runs import PastRun, from_store
from mlproj.runner.recording.progress import RunProgress
from mlproj.runner.recording.seeding import find_seed, seed_variables
from mlproj.runner.values import Outcome, Prepared, Reporter
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Run

CANDIDATES = 10
LOOKED_AT = 200


def reuse(prepared: Prepared, store: Store, reporter: Reporter) -> tuple[Prepared, Outcome | None]:
    """The outcome of an earlier run with the same key, its outputs restored; else None, and why is said.

    The request comes back with the lock, so that nothing is resolved twice. It must have been examined.
    """
    try:
        prepared, environment = _ensure(prepared, reporter)
    except MlprojError:  # the run itself fails of it, with its log
        return prepared, None
    record = _expected(prepared, environment)
    key = reuse_key(record)
    reason = missing_part(record) or uncovered(prepared)
    if key is None or reason is not None:
        reporter.note(f"not reused: {reason}")
        return prepared, None
    experiments = [experiment.experiment_id for experiment in store.search_experiments(max_results=1000).items]
    for run in _with_key(key, experiments, store):
        restored = _restore(run, prepared, store)
        if isinstance(restored, str):
            reporter.note(f"run {run.run_id[:8]} is the same, but {restored}")
            continue
        reporter.note(_said(run, restored, owned=prepared.checkout.owned))
        if left := _left_alone(prepared):
            reporter.note(f"{left} is left as it was, whatever run wrote it (name it in outputs to have it restored)")
        return prepared, _outcome(run)
    reporter.note(_difference(key, experiments, store, environment))
    return prepared, None


def _ensure(prepared: Prepared, reporter: Reporter) -> tuple[Prepared, Environment]:
    spec, settings = prepared.spec, prepared.settings
    if spec.manager == "local":
        return prepared, Environment(kind=spec.kind, manager="local")
    from mlproj.envs.building import ensure
    from mlproj.envs.locking import lock

    policy, say, progress = prepared.request.lock_policy, reporter.note, reporter.progress
    found = prepared.lock or lock(spec, policy=policy, settings=settings, on_progress=progress, on_note=say)
    environment = ensure(spec, found, settings=settings, on_progress=progress, on_note=say)
    return replace(prepared, lock=found), environment


def _expected(prepared: Prepared, environment: Environment) -> RunRecord:
    """The record as it will be, as far as the key needs it."""
    environ = prepared.settings.environ
    progress = RunProgress(prepared, "")
    progress.environment = environment
    progress.variables = {
        **{name: value for name, value in environ.items() if name not in environment.unset},
        **environment.variables,
        **seed_variables(find_seed(prepared.binding), environ),
    }
    return progress.record(exit_code=None, end_reason=None)


def _with_key(key: ReuseKey, experiments: list[str], store: Store) -> Iterator[Run]:
    page = store.search_runs(
        experiments,
        filter_string=f"tags.`{tags.REUSE_KEY}` = '{key.hash}' and attributes.status = 'FINISHED'",
        order_by=["attributes.start_time DESC"],
        max_results=CANDIDATES,
    )
    yield from page.items


def _restore(run: Run, prepared: Prepared, store: Store) -> list[str] | str:
    """Put the outputs where they were written; names those that were not there, or says why it cannot be."""
    root = prepared.project.root
    with TemporaryDirectory(prefix="mlproj-", dir=prepared.settings.storage_dir) as folder:
        try:
            past = from_store(run.run_id, store=store, scratch=Path(folder))
        except (MlprojError, NotFoundError) as error:
            return f"its record cannot be read: {error}"
        if prepared.checkout.owned:
            return []
        missing = [file for file in _outputs(past.record) if not _holds(root / file.path, file)]
        for file in missing:
            if not _holds(_kept(past, file), file):
                return f"its output {file.path} was not kept"
        for file in missing:
            _put(_kept(past, file), root / file.path)
    return [file.path for file in missing]


def _put(kept: Path, place: Path) -> None:
    """A copy beside, moved into place: nobody sees half a file, and writing to it changes nothing that is kept."""
    place.parent.mkdir(parents=True, exist_ok=True)
    staging = place.with_name(f".{place.name}.restored")
    shutil.copyfile(kept, staging)
    staging.replace(place)


def _outputs(record: RunRecord) -> list[FileFact]:
    return [file for output in record.outputs.values() for file in output.files]


def _kept(past: PastRun, file: FileFact) -> Path:
    from mlproj.runner.past.runs import OUTPUTS

    return past.files / OUTPUTS / file.path


def _holds(path: Path, file: FileFact) -> bool:
    from mlproj.system.hashing import hash_file

    try:
        return path.stat().st_size == file.size and hash_file(path).sha256 == file.sha256
    except OSError:
        return False


def _left_alone(prepared: Prepared) -> str | None:
    """A metrics file that lies in the project and is no output of the run, so that it may be of another one."""
    from mlproj.runner.recording.declared_paths import declared_outputs
    from mlproj.source.capture.leaving_out import leaving_out

    entry_point, paths = prepared.binding.entry_point, declared_outputs(prepared.binding)
    if prepared.checkout.owned:
        return None
    is_output = leaving_out(paths[output.path] for output in entry_point.outputs)
    files = (paths[text] for text in entry_point.metrics_files)
    return next((file for file in files if not is_output(file) and (prepared.project.root / file).exists()), None)


def _said(run: Run, restored: list[str], *, owned: bool) -> str:
    outputs = "its outputs are in place" if not restored else f"restored {', '.join(restored[:3])}"
    if owned:
        outputs = f"its outputs are among its artifacts (mlproj artifacts list {run.run_id[:8]} -r)"
    more = f" and {len(restored) - 3} more" if len(restored) > 3 else ""  # noqa: PLR2004 - a line
    return f"reused run {run.run_id}: nothing that it depends on has changed; {outputs}{more}"


def _outcome(run: Run) -> Outcome:
    return Outcome(
        run_id=run.run_id,
        experiment_id=run.experiment_id,
        status=str(run.status),
        exit_code=0,
        end_reason="reused",
        reused=True,
    )


def _difference(key: ReuseKey, experiments: list[str], store: Store, environment: Environment) -> str:
    """The first part of the key in which the nearest run is another."""
    page = store.search_runs(
        experiments,
        filter_string="attributes.status = 'FINISHED'",
        order_by=["attributes.start_time DESC"],
        max_results=LOOKED_AT,
    )
    found = [(run, other) for run in page.items if (other := from_tag(run.tags.get(tags.REUSE_PARTS, ""))) is not None]
    near = [(run, other) for run, other in found if other.parts.get("project") == key.parts["project"]]
    if not near:
        return "not reused: there is no earlier run of this project that ended well"
    run, other = max(near, key=lambda pair: key.agreement(pair[1]))
    part = key.first_difference(other)
    if part is None:
        return f"not reused: the outputs of run {run.run_id[:8]} cannot be restored"
    if part == "environment" and environment.image is not None:
        part = "image"
    return (
        f"not reused: {part} {'differs' if not part.endswith('s') else 'differ'} from run {run.run_id[:8]}, the nearest"
    )
