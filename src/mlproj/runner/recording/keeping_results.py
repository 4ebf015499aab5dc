"""What a command left: declared outputs among the run's files, and the last values of metrics."""

from collections.abc import Iterator
from pathlib import Path

from mlproj.errors import MlprojError
from mlproj.record.values import MetricRecord
from mlproj.runner.files import RunFiles
from mlproj.runner.live import LiveRun
from mlproj.runner.recording.declared_paths import declared_outputs
from mlproj.runner.recording.examining import HASHES
from mlproj.runner.recording.metrics_logging import metrics_files
from mlproj.runner.recording.sampling import PREFIX
from mlproj.runner.supervising import Ended, EndReason

REMOTE_FILES = 1_000


def keep_results(live: LiveRun, files: RunFiles, ended: Ended) -> None:
    """Of a command that ended well keep the outputs. Raises DeclarationError for outputs that were not written."""
    if ended.reason is EndReason.FINISHED and live.prepared.binding.entry_point.outputs:
        keep_outputs(live, files)


def keep_outputs(live: LiveRun, files: RunFiles) -> None:
    """Keep the declared outputs among the run's files."""
    from mlproj.runner.recording.declared_outputs import MissingOutputError, OutputLimits, OutputStore
    from mlproj.system.objects import ObjectFolder

    settings, binding = live.settings, live.prepared.binding
    limit = settings.output_limit
    store = OutputStore(
        files,
        objects=None if files.is_remote else ObjectFolder(settings.home / "objects"),
        cache=settings.cache_dir / HASHES,
        limits=OutputLimits(size=limit, total=limit, count=REMOTE_FILES)
        if files.is_remote
        else OutputLimits(size=limit),
        on_note=live.reporter.note,
    )
    try:
        live.progress.outputs = store.keep_all(
            binding.entry_point.outputs, declared_outputs(binding), live.prepared.project.root
        )
    except MissingOutputError as error:
        live.progress.outputs = error.records
        raise


def stored_files(live: LiveRun) -> Iterator[Path]:
    """What the command wrote and the run has kept, at its place in the checkout."""
    root = live.prepared.project.root
    if not live.files_complete:
        return
    for output in live.progress.outputs.values():
        if output.stored == "artifact":
            yield from (root / file.path for file in output.files if file.path not in output.hash_only)
    if live.progress.metrics:
        yield from metrics_files(live).values()


def last_metrics(live: LiveRun) -> dict[str, MetricRecord]:
    """The metrics' last values with the declared tolerances; none if the store does not answer."""
    declared = {metric.name: metric for metric in live.prepared.binding.entry_point.metrics}
    try:
        found = live.store.get_run(live.run_id).metrics
    except MlprojError:
        return {}
    return {
        metric.key: MetricRecord(
            value=metric.value,
            rtol=declared[metric.key].rtol if metric.key in declared else None,
            atol=declared[metric.key].atol if metric.key in declared else None,
        )
        for metric in found.values()
        if not metric.key.startswith(PREFIX)
    }


def missing_metrics(live: LiveRun) -> Iterator[str]:
    """Declared metrics that the run did not log."""
    declared = (metric.name for metric in live.prepared.binding.entry_point.metrics)
    return (name for name in declared if name not in live.progress.metrics)
