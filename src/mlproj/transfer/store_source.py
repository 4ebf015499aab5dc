"""Another tracking server, or another store of ours: whatever can be opened by a tracking URI."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from mlproj.errors import InvalidValueError, NotFoundError, ServerRefusedError
from mlproj.tracking.artifact_uris import local_directory, open_artifacts
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import Experiment, LoggedModel, Metric, ModelVersion, Page, RegisteredModel, Run, ViewType
from mlproj.tracking.object_store_config import is_object_store
from mlproj.tracking.registry import PROMPT_TAG
from mlproj.transfer.base import FoundModel

PAGE = 1000
MODELS = 50
NO_SUCH_ENDPOINT = 404
POINTS = 25_000
PROMPTS = f"tags.`{PROMPT_TAG}` = 'true'"
Item = TypeVar("Item")


class StoreSource:
    """Reads a store through its protocol; closes it at the end."""

    def __init__(self, store: Store, *, environ: Mapping[str, str]) -> None:
        self.uri = store.uri
        self.notes: list[str] = []
        self._store = store
        self._environ = environ

    def experiments(self) -> Iterator[Experiment]:
        return _all(
            lambda token: self._store.search_experiments(view_type=ViewType.ALL, max_results=PAGE, page_token=token)
        )

    def runs(self, experiment_id: str) -> Iterator[Run]:
        """A search of a genuine server leaves out the logged models that a run was given: such runs are asked for."""
        has_models = next(iter(self.logged_models(experiment_id)), None) is not None
        for run in _all(
            lambda token: self._store.search_runs(
                [experiment_id], view_type=ViewType.ALL, max_results=PAGE, page_token=token
            )
        ):
            yield self._store.get_run(run.run_id) if has_models and not run.model_inputs else run

    def points(self, run: Run) -> Iterator[Metric]:
        for key in run.metrics:
            yield from self._history(run.run_id, key)

    def _history(self, run_id: str, key: str) -> Iterator[Metric]:
        return _all(lambda token: self._store.metric_history(run_id, key, max_results=POINTS, page_token=token))

    def artifacts(self, uri: str, *, run_id: str = "") -> Artifacts | None:
        if is_object_store(uri):
            return open_artifacts(uri, environ=self._environ)
        directory = local_directory(uri)
        if directory is None or directory.is_dir():
            return self._store.artifacts(run_id) if run_id else self._store.artifacts_at(uri)
        return self._from_elsewhere(uri, run_id)

    def _from_elsewhere(self, uri: str, run_id: str) -> Artifacts | None:
        """Files in a directory that is not on this machine, but maybe on the server's."""
        from mlproj.tracking.rest import RestStore

        if isinstance(self._store, RestStore) and run_id:
            files = self._store.served_files(run_id)
            with suppress(InvalidValueError, NotFoundError):
                files.list()
                return files
        self.notes.append(f"{uri} is not on this machine: the files there are left out")
        return None

    def link(self, uri: str) -> str | None:
        return uri if is_object_store(uri) or local_directory(uri) is not None else None

    def logged_models(self, experiment_id: str) -> Iterator[FoundModel]:
        """Those that are deleted are not to be found."""
        return (FoundModel(model=model) for model in find_models(self._store, experiment_id))

    def registered_models(self) -> Iterator[tuple[RegisteredModel, Sequence[ModelVersion]]]:
        for text in ("", PROMPTS):
            versions: dict[str, list[ModelVersion]] = {}
            for version in self._versions(text):
                versions.setdefault(version.name, []).append(version)
            for model in self._models(text):
                yield model, sorted(versions.get(model.name, ()), key=lambda version: version.version)

    def _models(self, text: str) -> Iterator[RegisteredModel]:
        search = self._store.registry.search_models
        return _all(lambda token: search(filter_string=text, max_results=PAGE, page_token=token))

    def _versions(self, text: str) -> Iterator[ModelVersion]:
        """With where their files are, which listings of a server leave out."""
        registry = self._store.registry
        for version in _all(
            lambda token: registry.search_versions(filter_string=text, max_results=PAGE, page_token=token)
        ):
            if version.location:
                yield version
            else:
                yield replace(version, location=registry.get_version(version.name, version.version).location)

    def close(self) -> None:
        self._store.close()


def find_models(store: Store, experiment_id: str, filter_string: str = "") -> Iterator[LoggedModel]:
    """Logged models of an experiment; a server of version 2 knows of none."""
    try:
        yield from _all(
            lambda token: store.search_logged_models(
                [experiment_id], filter_string=filter_string, max_results=MODELS, page_token=token
            )
        )
    except ServerRefusedError as error:
        if error.status != NO_SUCH_ENDPOINT:
            raise


def models_of(store: Store, run: Run) -> Iterator[LoggedModel]:
    """What a run made and what it was given, as far as it is there."""
    made = f"source_run_id = '{run.run_id}'"
    found = {model.model_id: model for model in find_models(store, run.experiment_id, made)}
    yield from found.values()
    for model_id in dict.fromkeys((*run.model_inputs, *(output.model_id for output in run.model_outputs))):
        if model_id not in found:
            with suppress(NotFoundError):
                yield store.get_logged_model(model_id)


def _all(page: "Callable[[str | None], Page[Item]]") -> Iterator[Item]:
    token: str | None = None
    while True:
        found = page(token)
        yield from found.items
        if (token := found.next_page_token) is None:
            return
