"""Another tracking server, or another store of ours: whatever can be opened by a tracking URI."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from mlproj.errors import NotFoundError
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import (
    Experiment,
    LifecycleStage,
    LoggedModel,
    Metric,
    ModelVersion,
    RegisteredModel,
    Run,
    ViewType,
)
from mlproj.transfer.base import FoundModel
from mlproj.transfer.deleted_models import DeletedModels
from mlproj.transfer.listing import PAGE, PROMPTS, every, find_models, find_versions, knows_models
from mlproj.transfer.store_files import StoreFiles

POINTS = 25_000


class StoreSource:
    """Reads a store through its protocol; closes it at the end."""

    def __init__(self, store: Store, *, environ: Mapping[str, str], artifacts: str | None = None) -> None:
        self.uri = store.uri
        self.notes: list[str] = []
        self._store = store
        self._files = StoreFiles(store, root=artifacts, environ=environ, notes=self.notes)
        self._deleted = DeletedModels(store)
        self._gone: Mapping[str, list[LoggedModel]] | None = None

    def experiments(self) -> Iterator[Experiment]:
        return every(
            lambda token: self._store.search_experiments(view_type=ViewType.ALL, max_results=PAGE, page_token=token)
        )

    def runs(self, experiment_id: str) -> Iterator[Run]:
        """A search of a genuine server leaves out the logged models that a run was given: each run is asked for."""
        asked = knows_models(self._store, experiment_id)
        for found in every(
            lambda token: self._store.search_runs(
                [experiment_id], view_type=ViewType.ALL, max_results=PAGE, page_token=token
            )
        ):
            run = self._store.get_run(found.run_id) if asked and not found.model_inputs else found
            self._deleted.note(run)
            yield run

    def points(self, run: Run) -> Iterator[Metric]:
        for key in run.metrics:
            yield from self._history(run.run_id, key)

    def _history(self, run_id: str, key: str) -> Iterator[Metric]:
        return every(lambda token: self._store.metric_history(run_id, key, max_results=POINTS, page_token=token))

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        return self._files.at(uri, run_id=run_id, model_id=model_id)

    def link(self, uri: str) -> str | None:
        return self._files.link(uri)

    def logged_models(self, experiment_id: str) -> Iterator[FoundModel]:
        """The deleted ones last. They are looked for once, for all experiments."""
        for model in find_models(self._store, experiment_id):
            yield FoundModel(model=model)
        if self._gone is None:
            known = knows_models(self._store, experiment_id)
            self._gone = self._deleted.find(self.experiments()) if known else {}
        for model in self._gone.get(experiment_id, ()):
            yield FoundModel(model=model, lifecycle_stage=LifecycleStage.DELETED)

    def registered_models(self) -> Iterator[tuple[RegisteredModel, Sequence[ModelVersion]]]:
        for text in ("", PROMPTS):
            versions: dict[str, list[ModelVersion]] = {}
            for version in self._versions(text):
                versions.setdefault(version.name, []).append(version)
            for model in self._models(text):
                yield model, sorted(versions.get(model.name, ()), key=lambda version: version.version)

    def _models(self, text: str) -> Iterator[RegisteredModel]:
        search = self._store.registry.search_models
        return every(lambda token: search(filter_string=text, max_results=PAGE, page_token=token))

    def _versions(self, text: str) -> Iterator[ModelVersion]:
        """With where their files are, which listings of a server leave out."""
        for version in find_versions(self._store, text):
            if version.location:
                yield version
            else:
                yield replace(
                    version, location=self._store.registry.get_version(version.name, version.version).location
                )

    def close(self) -> None:
        self._store.close()


def models_of(store: Store, run: Run) -> Iterator[LoggedModel]:
    """What a run made and what it was given, as far as it is there."""
    made = f"source_run_id = '{run.run_id}'"
    found = {model.model_id: model for model in find_models(store, run.experiment_id, made)}
    yield from found.values()
    for model_id in dict.fromkeys((*run.model_inputs, *(output.model_id for output in run.model_outputs))):
        if model_id not in found:
            with suppress(NotFoundError):
                yield store.get_logged_model(model_id)
