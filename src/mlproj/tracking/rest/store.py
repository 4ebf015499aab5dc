"""A tracking store that is a server. Only documented endpoints of MLflow are used."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from urllib.parse import unquote, urlsplit

from mlproj.errors import ForeignStorageError, NotFoundError
from mlproj.tracking import validation
from mlproj.tracking.artifact_uris import local_directory, open_artifacts
from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import (
    DatasetInput,
    Experiment,
    Metric,
    ModelOutput,
    Page,
    Run,
    RunStatus,
    ViewType,
)
from mlproj.tracking.object_store_config import is_object_store
from mlproj.tracking.rest import wire
from mlproj.tracking.rest.address import read_address
from mlproj.tracking.rest.artifacts import RestArtifacts
from mlproj.tracking.rest.connection import Connection
from mlproj.tracking.rest.logged_models import LoggedModelCalls
from mlproj.tracking.rest.registry import RestRegistry
from mlproj.tracking.rest.served_files import ServedFiles, ServedModelFiles

WHOLE_ID = 32
SEARCHED = 1000


def open_rest(uri: str, *, environ: Mapping[str, str]) -> "RestStore":
    """A store behind a URL; nothing is sent before it is used."""
    return RestStore(Connection(read_address(uri, environ)), environ=environ)


class RestStore(LoggedModelCalls):
    """`uri` has no credentials in it; `environ` has those of object stores that the server does not stand before."""

    def __init__(self, connection: Connection, *, environ: Mapping[str, str]) -> None:
        super().__init__(connection)
        self._environ = environ
        self.registry = RestRegistry(connection)
        self.uri = connection.address.base
        self.notes: tuple[str, ...] = ()

    # experiments

    def create_experiment(
        self, name: str, *, artifact_location: str = "", tags: Mapping[str, str] | None = None
    ) -> str:
        body = {"name": name, "artifact_location": artifact_location, "tags": wire.write_pairs(tags or {})}
        return self._one(self._post("experiments/create", body, repeatable=False), "experiment_id", str)

    def get_experiment(self, experiment_id: str) -> Experiment:
        validation.parse_experiment_id(experiment_id)
        return self._one(
            self._get("experiments/get", ("experiment_id", experiment_id)), "experiment", wire.read_experiment
        )

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        try:
            found = self._get("experiments/get-by-name", ("experiment_name", name))
        except NotFoundError:
            return None
        return self._one(found, "experiment", wire.read_experiment)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        self._post("experiments/update", {"experiment_id": experiment_id, "new_name": new_name})

    def delete_experiment(self, experiment_id: str) -> None:
        self._post("experiments/delete", {"experiment_id": experiment_id}, repeatable=False)

    def restore_experiment(self, experiment_id: str) -> None:
        self._post("experiments/restore", {"experiment_id": experiment_id}, repeatable=False)

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        body = {"experiment_id": experiment_id, "key": key, "value": value}
        self._post("experiments/set-experiment-tag", body)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        body = {"experiment_id": experiment_id, "key": key}
        self._post("experiments/delete-experiment-tag", body, repeatable=False)

    def search_experiments(
        self,
        *,
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str = "",
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[Experiment]:
        body = {"view_type": view_type.value, "max_results": max_results} | _filled(filter_string, order_by, page_token)
        return self._page(self._post("experiments/search", body), "experiments", wire.read_experiment)

    # runs

    def create_run(
        self,
        experiment_id: str,
        *,
        start_time: int,
        run_name: str = "",
        user_id: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> Run:
        body = {
            "experiment_id": experiment_id,
            "start_time": start_time,
            "run_name": run_name,
            "user_id": user_id,
            "tags": wire.write_pairs(tags or {}),
        }
        return self._one(self._post("runs/create", body, repeatable=False), "run", wire.read_run)

    def get_run(self, run_id: str) -> Run:
        return self._one(self._get("runs/get", ("run_id", run_id)), "run", wire.read_run)

    def update_run(
        self,
        run_id: str,
        *,
        status: RunStatus | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Gives the run whole, as every store does, though the endpoint answers with a part of it."""
        fields = {"status": status and status.value, "end_time": end_time, "run_name": run_name}
        given = {key: value for key, value in fields.items() if value is not None}
        self._post("runs/update", {"run_id": run_id, **given})
        return self.get_run(run_id)

    def delete_run(self, run_id: str) -> None:
        self._post("runs/delete", {"run_id": run_id}, repeatable=False)

    def restore_run(self, run_id: str) -> None:
        self._post("runs/restore", {"run_id": run_id})

    def find_runs(self, prefix: str, *, limit: int = 2) -> tuple[str, ...]:
        if len(prefix) >= WHOLE_ID:
            try:
                return (self.get_run(prefix).run_id,)
            except NotFoundError:
                return ()
        if not prefix.replace("-", "").replace("_", "").isalnum():
            return ()
        filter_string = f"attributes.run_id LIKE '{prefix}%'"
        experiments = [item.experiment_id for item in self._all_experiments()]
        found = (run.run_id for run in self._all_runs(experiments, filter_string) if run.run_id.startswith(prefix))
        return tuple(sorted(islice(found, limit)))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[Run]:
        body = {
            "experiment_ids": list(experiment_ids),
            "run_view_type": view_type.value,
            "max_results": max_results,
        } | _filled(filter_string, order_by, page_token)
        return self._page(self._post("runs/search", body), "runs", wire.read_run)

    # what runs log

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Any number of items, in as many requests as the server's limits ask for: params, metrics, then tags."""
        for body in _batches(
            wire.write_pairs(validation.check_params(params or {})),
            [wire.write_metric(validation.check_metric(metric)) for metric in metrics],
            wire.write_pairs(validation.check_tags(tags or {})),
        ):
            self._post("runs/log-batch", {"run_id": run_id, **body})

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        self.log_batch(run_id, tags=tags)

    def delete_tag(self, run_id: str, key: str) -> None:
        self._post("runs/delete-tag", {"run_id": run_id, "key": key}, repeatable=False)

    def metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]:
        query = [("run_id", run_id), ("metric_key", key)]
        if max_results is not None:
            query.append(("max_results", str(max_results)))
        if page_token:
            query.append(("page_token", page_token))
        return self._page(self._get("metrics/get-history", *query), "metrics", wire.read_metric)

    def log_inputs(self, run_id: str, *, datasets: Sequence[DatasetInput] = (), models: Sequence[str] = ()) -> None:
        body = {
            "run_id": run_id,
            "datasets": [wire.write_dataset_input(item) for item in datasets],
            "models": [{"model_id": model} for model in models],
        }
        self._post("runs/log-inputs", body)

    def log_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        outputs = [{"model_id": model.model_id, "step": model.step} for model in models]
        self._post("runs/outputs", {"run_id": run_id, "models": outputs})

    # artifacts

    def artifacts(self, run_id: str) -> Artifacts:
        return self._artifacts(self.get_run(run_id).artifact_uri, run_id)

    def artifacts_at(self, uri: str) -> Artifacts:
        return self._artifacts(uri, "")

    def _artifacts(self, uri: str, run_id: str) -> Artifacts:
        parts = urlsplit(uri)
        if parts.scheme == "mlflow-artifacts":
            return RestArtifacts(self._connection, unquote(parts.path), run_id=run_id)
        if is_object_store(uri) or local_directory(uri) is not None:
            return open_artifacts(uri, environ=self._environ)
        raise ForeignStorageError(
            f"artifacts in {parts.scheme or uri!r} storage cannot be reached",
            where=self._connection.address.origin,
            hint="start the server so that it serves artifacts itself",
        )

    def served_files(self, run_id: str) -> Artifacts:
        """The files of a run, for reading, where their URI means something only on the server's own machine."""
        return ServedFiles(self._connection, run_id)

    def served_model_files(self, model_id: str) -> Artifacts:
        """The same of a logged model, unless it is deleted."""
        return ServedModelFiles(self._connection, model_id)

    def close(self) -> None:
        self._connection.close()

    def _all_experiments(self) -> Iterator[Experiment]:
        token: str | None = None
        while True:
            page = self.search_experiments(view_type=ViewType.ALL, max_results=SEARCHED, page_token=token)
            yield from page.items
            if (token := page.next_page_token) is None:
                return

    def _all_runs(self, experiment_ids: Sequence[str], filter_string: str) -> Iterator[Run]:
        token: str | None = None
        while True:
            page = self.search_runs(
                experiment_ids,
                filter_string=filter_string,
                view_type=ViewType.ALL,
                max_results=SEARCHED,
                page_token=token,
            )
            yield from page.items
            if (token := page.next_page_token) is None:
                return


def _filled(filter_string: str, order_by: Sequence[str], page_token: str | None) -> dict[str, object]:
    fields = {"filter": filter_string, "order_by": list(order_by), "page_token": page_token}
    return {key: value for key, value in fields.items() if value}


def _batches(
    params: Sequence[object], metrics: Sequence[object], tags: Sequence[object]
) -> Iterator[dict[str, Sequence[object]]]:
    """Requests within the limits. What fits into one goes in one, so that it is written whole or not at all."""
    total = len(params) + len(metrics) + len(tags)
    if (
        total <= validation.MAX_ITEMS_IN_BATCH
        and len(params) <= validation.MAX_PARAMS_IN_BATCH
        and len(tags) <= validation.MAX_TAGS_IN_BATCH
    ):
        if total:
            yield {"params": params, "metrics": metrics, "tags": tags}
        return
    for name, items, limit in (
        ("params", params, validation.MAX_PARAMS_IN_BATCH),
        ("metrics", metrics, validation.MAX_METRICS_IN_BATCH),
        ("tags", tags, validation.MAX_TAGS_IN_BATCH),
    ):
        for start in range(0, len(items), limit):
            yield {name: items[start : start + limit]}
