"""Logged models that a server has deleted: its searches leave them out, but it tells of one whose id is known."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from mlproj.errors import InvalidValueError, NotFoundError, ServerRefusedError
from mlproj.tracking.artifact_uris import local_directory, own_path
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Experiment, LoggedModel, Run
from mlproj.transfer.listing import MODELS_DIRECTORY, find_models, find_versions


class DeletedModels:
    """Ids come from the runs that were read, from registered versions, and from the directories of files."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._named: set[str] = set()

    def note(self, run: Run) -> None:
        """Keep in mind which models a run made or was given."""
        self._named.update(run.model_inputs, (output.model_id for output in run.model_outputs))

    def find(self, experiments: Iterable[Experiment]) -> Mapping[str, list[LoggedModel]]:
        """By experiment. A model that neither run, version nor file names cannot be found."""
        listed: set[str] = set()
        named = set(self._named)
        for experiment in experiments:
            listed.update(model.model_id for model in find_models(self._store, experiment.experiment_id))
            named.update(self._with_files(experiment))
        named.update(version.model_id for version in find_versions(self._store) if version.model_id)
        found: dict[str, list[LoggedModel]] = {}
        for model in self._ask(sorted(named - listed)):
            found.setdefault(model.experiment_id, []).append(model)
        return found

    def _with_files(self, experiment: Experiment) -> Iterator[str]:
        uri = f"{experiment.artifact_location}/{MODELS_DIRECTORY}"
        directory = local_directory(uri)
        if own_path(uri) is None and (directory is None or not directory.is_dir()):
            return
        with suppress(InvalidValueError, NotFoundError, ServerRefusedError):
            for info in self._store.artifacts_at(uri).list():
                if info.is_dir:
                    yield info.path

    def _ask(self, model_ids: Iterable[str]) -> Iterator[LoggedModel]:
        for model_id in model_ids:
            with suppress(NotFoundError, InvalidValueError):
                model = self._store.get_logged_model(model_id, allow_deleted=True)
                if self._is_deleted(model_id):
                    yield model

    def _is_deleted(self, model_id: str) -> bool:
        """It may also have been made a moment ago."""
        try:
            self._store.get_logged_model(model_id)
        except NotFoundError:
            return True
        return False
