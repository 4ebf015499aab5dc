"""Bringing runs in: whole or not at all, each once, and checked."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from mlproj.errors import NotFoundError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import DatasetInput, Experiment, LifecycleStage, LoggedModel, Metric, ModelVersion, Run
from mlproj.tracking.validation import storable
from mlproj.transfer.base import Source
from mlproj.transfer.brought_files import BroughtFiles
from mlproj.transfer.summary import Summary

IMPORTED = " (imported)"


class Import:
    """One import into a store. `link` leaves the files where they are; `files` False leaves them out.

    `on_run` hears of each run, `on_experiment` of each experiment, before it is read.
    """

    def __init__(
        self,
        source: Source,
        store: LocalStore,
        *,
        link: bool = False,
        files: bool = True,
        on_experiment: Callable[[Experiment], None] = lambda _: None,
        on_run: Callable[[Run], None] = lambda _: None,
    ) -> None:
        self._source = source
        self._store = store
        self._on_experiment = on_experiment
        self._on_run = on_run
        self.summary = Summary()
        self._files = BroughtFiles(source, store, self.summary, link=link, copy=files)

    def carry_out(self) -> Summary:
        """Import everything. What an interrupted import has brought in already is not brought in again."""
        targets: list[tuple[Experiment, Experiment]] = []
        for experiment in self._source.experiments():
            self._on_experiment(experiment)
            target = self._bring_experiment(experiment)
            targets.append((experiment, target))
            for run in self._source.runs(experiment.experiment_id):
                self._on_run(run)
                self._bring_run(run, target)
        for experiment, target in targets:  # after all runs, which their points belong to
            self._bring_logged_models(experiment, target)
        self._bring_registered_models()
        self.summary.notes += self._source.notes
        return self.summary

    def _bring_experiment(self, experiment: Experiment) -> Experiment:
        """By name: one that is here takes the runs in, unless it is deleted here and not there."""
        found = self._store.get_experiment_by_name(experiment.name)
        wanted = experiment
        if found is not None and _deleted(found) and not _deleted(experiment):
            wanted = replace(experiment, name=f"{experiment.name}{IMPORTED}")
            self.summary.notes.append(f"{experiment.name!r} is deleted here: its runs go to {wanted.name!r}")
            found = self._store.get_experiment_by_name(wanted.name)
        number = self._store.import_experiment(wanted)
        if found is None:
            self.summary.experiments += 1
        else:
            self.summary.merged += 1
        return self._store.get_experiment(number)

    def _bring_run(self, run: Run, experiment: Experiment) -> None:
        found = self._find(run.run_id)
        if found is not None and (found.status.is_final or self._is_same(found, run)):
            self.summary.present += 1
            self._files.bring_missing(run.artifact_uri, found.artifact_uri, run_id=run.run_id)
            return
        uri = self._files.bring(
            run.artifact_uri, f"{experiment.artifact_location}/{run.run_id}/artifacts", run_id=run.run_id
        )
        wanted = replace(run, experiment_id=experiment.experiment_id, artifact_uri=uri)
        seen: set[tuple[object, ...]] = set()
        count = self._store.import_run(wanted, lambda: _noted(self._source.points(run), seen))
        self._check(wanted, self._store.get_run(run.run_id), expected=len(seen), count=count)
        self.summary.written += 1
        self.summary.params += len(run.params)
        self.summary.tags += len(run.tags)
        self.summary.points += count
        self.summary.datasets += len(run.dataset_inputs)

    def _is_same(self, here: Run, there: Run) -> bool:
        """Whether a run that has not ended is as it was."""
        if (here.status, here.params, here.tags) != (there.status, there.params, there.tags):
            return False
        ours: set[tuple[object, ...]] = set()
        theirs: set[tuple[object, ...]] = set()
        for key in here.metrics:
            ours |= {_point_key(point) for point in self._store.metric_history(here.run_id, key).items}
        for point in self._source.points(there):
            theirs.add(_point_key(point))
        return ours == theirs

    def _find(self, run_id: str) -> Run | None:
        try:
            return self._store.get_run(run_id)
        except NotFoundError:
            return None

    def _check(self, wanted: Run, found: Run, *, expected: int, count: int) -> None:
        parts = {
            "params": (len(wanted.params), len(found.params)),
            "tags": (len(wanted.tags), len(found.tags)),
            "points": (expected, count),
            "data sets": (len(set(map(_dataset_key, wanted.dataset_inputs))), len(found.dataset_inputs)),
        }
        if wanted.metrics:
            parts["metrics"] = (len(wanted.metrics), len(found.metrics))
        self.summary.compare(f"run {wanted.run_id}", parts)

    def _bring_logged_models(self, experiment: Experiment, target: Experiment) -> None:
        for found in self._source.logged_models(experiment.experiment_id):
            model = found.model
            place = f"{target.artifact_location}/models/{model.model_id}/artifacts"
            uri = self._files.bring(model.artifact_uri, place, model_id=model.model_id)
            wanted = replace(model, experiment_id=target.experiment_id, artifact_uri=uri)
            written = self._store.import_logged_model(wanted, found.lifecycle_stage)
            self.summary.logged_models += written
            self.summary.known_logged_models += not written
            if written:
                self._check_model(wanted)

    def _check_model(self, wanted: LoggedModel) -> None:
        found = self._store.get_logged_model(wanted.model_id, allow_deleted=True)
        runs = {point.run_id for point in wanted.metrics if point.run_id}
        here = {run_id for run_id in runs if self._find(run_id) is not None}
        points = {_model_point_key(point) for point in wanted.metrics if point.run_id in here}
        parts = {
            "params": (len(wanted.params), len(found.params)),
            "tags": (len(wanted.tags), len(found.tags)),
            "points": (len(points), len(found.metrics)),
        }
        self.summary.compare(f"logged model {wanted.model_id}", parts)

    def _bring_registered_models(self) -> None:
        registry = self._store.registry
        for model, versions in self._source.registered_models():
            try:
                registry.get_model(model.name)
                self.summary.known_registered_models += 1
            except NotFoundError:
                self.summary.registered_models += 1
            written = registry.import_model(model, [self._moved_version(version) for version in versions])
            self.summary.versions += written
            self.summary.known_versions += len(versions) - written
            here = sum(self._has_version(version) for version in versions)
            self.summary.compare(f"registered model {model.name!r}", {"versions": (len(versions), here)})

    def _has_version(self, version: ModelVersion) -> bool:
        try:
            self._store.registry.get_version(version.name, version.version)
        except NotFoundError:
            return False
        return True

    def _moved_version(self, version: ModelVersion) -> ModelVersion:
        return replace(
            version, source=self._files.new_uri(version.source), location=self._files.new_uri(version.location)
        )


def _deleted(experiment: Experiment) -> bool:
    return experiment.lifecycle_stage is LifecycleStage.DELETED


def _dataset_key(item: DatasetInput) -> tuple[str, str]:
    return (item.dataset.name, item.dataset.digest)


def _point_key(point: Metric) -> tuple[object, ...]:
    return (point.key, point.timestamp, point.step, *storable(point.value))


def _model_point_key(point: Metric) -> tuple[object, ...]:
    return (*_point_key(point), point.run_id, point.dataset_name or "", point.dataset_digest or "")


def _noted(points: Iterator[Metric], seen: set[tuple[object, ...]]) -> Iterator[Metric]:
    """The points, with each that is different kept in mind."""
    for point in points:
        seen.add(_point_key(point))
        yield point
