"""The tracking store over a database: each call one transaction.

Every run opens a store and writes to it; what only searches, imports and registries need is imported when it is used.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from mlproj.system.clock import now_ms
from mlproj.tracking import validation
from mlproj.tracking.artifact_uris import ArtifactPlaces, read_root
from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import (
    ColumnNames,
    Curve,
    DatasetInput,
    DatasetSummary,
    Experiment,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    Page,
    Run,
    RunStatus,
    Series,
    ViewType,
)
from mlproj.tracking.sql import experiments, inputs, points, runs
from mlproj.tracking.sql.session import Database

if TYPE_CHECKING:
    from mlproj.tracking.sql.registry import SqlRegistry

UNLIMITED = 2**62


class SqlStore:
    """`notes` are remarks for whoever opened the store, to be printed once."""

    def __init__(
        self,
        database: Database,
        *,
        uri: str,
        artifact_root: str,
        environ: Mapping[str, str],
        notes: tuple[str, ...] = (),
    ) -> None:
        self._database = self.database = database
        self.uri = uri
        self.notes = notes
        self._environ = environ
        self._places = ArtifactPlaces(artifact_root, environ)

    @cached_property
    def registry(self) -> "SqlRegistry":
        from mlproj.tracking.sql.registry import SqlRegistry

        return SqlRegistry(self._database, artifacts_at=self.artifacts_at)

    # experiments

    def create_experiment(
        self, name: str, *, artifact_location: str = "", tags: Mapping[str, str] | None = None
    ) -> str:
        with self._database.write() as sql:
            return experiments.create(sql, name, location=artifact_location, tags=tags or {}, now_ms=now_ms())

    def get_experiment(self, experiment_id: str) -> Experiment:
        with self._database.read() as sql:
            return experiments.get(sql, experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        with self._database.read() as sql:
            return experiments.get_by_name(sql, name)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        with self._database.write() as sql:
            experiments.rename(sql, experiment_id, new_name, now_ms=now_ms())

    def delete_experiment(self, experiment_id: str) -> None:
        with self._database.write() as sql:
            experiments.move_stage(sql, experiment_id, source=LifecycleStage.ACTIVE, now_ms=now_ms())

    def restore_experiment(self, experiment_id: str) -> None:
        with self._database.write() as sql:
            experiments.move_stage(sql, experiment_id, source=LifecycleStage.DELETED, now_ms=now_ms())

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        with self._database.write() as sql:
            experiments.set_tag(sql, experiment_id, key, value)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        with self._database.write() as sql:
            experiments.delete_tag(sql, experiment_id, key)

    def search_experiments(
        self,
        *,
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str = "",
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[Experiment]:
        from mlproj.tracking.sql import experiment_search

        with self._database.read() as sql:
            return experiment_search.search_experiments(
                sql,
                filter_string=filter_string,
                view_type=view_type,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
            )

    # runs

    def create_run(
        self,
        experiment_id: str,
        *,
        start_time: int,
        run_name: str = "",
        user_id: str = "",
        tags: Mapping[str, str] | None = None,
        run_id: str = "",
    ) -> Run:
        """With a `run_id` the caller can look for the run later on, even if the answer is lost."""
        with self._database.write() as sql:
            return runs.create(
                sql,
                experiment_id,
                start_time=start_time,
                run_name=run_name,
                user_id=user_id,
                tags=tags or {},
                run_id=run_id,
            )

    def get_run(self, run_id: str) -> Run:
        with self._database.read() as sql:
            return runs.get(sql, run_id)

    def update_run(
        self,
        run_id: str,
        *,
        status: RunStatus | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> Run:
        with self._database.write() as sql:
            return runs.update(sql, run_id, status=status, end_time=end_time, run_name=run_name)

    def delete_run(self, run_id: str) -> None:
        with self._database.write() as sql:
            runs.move_stage(sql, run_id, LifecycleStage.DELETED)

    def restore_run(self, run_id: str) -> None:
        with self._database.write() as sql:
            runs.move_stage(sql, run_id, LifecycleStage.ACTIVE)

    def find_runs(self, prefix: str, *, limit: int = 2) -> tuple[str, ...]:
        with self._database.read() as sql:
            return runs.find(sql, prefix, limit)

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
        from mlproj.tracking.sql import search

        with self._database.read() as sql:
            return search.search_runs(
                sql,
                experiment_ids,
                filter_string=filter_string,
                view_type=view_type,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
            )

    def count_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
    ) -> int:
        from mlproj.tracking.sql import search

        with self._database.read() as sql:
            return search.count_runs(sql, experiment_ids, filter_string=filter_string, view_type=view_type)

    def move_run(self, run_id: str, experiment_id: str) -> None:
        with self._database.write() as sql:
            runs.move(sql, run_id, experiment_id)

    # what runs log

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        checked_params = validation.check_params(params or {})
        checked_tags = validation.check_tags(tags or {})
        validation.check_metrics(metrics)
        with self._database.write() as sql:
            run = runs.active_key_of(sql, run_id)
            points.log_params(sql, run, checked_params)
            points.log_metrics(sql, run, metrics)
            runs.write_tags(sql, run, checked_tags)

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        self.log_batch(run_id, tags=tags)

    def delete_tag(self, run_id: str, key: str) -> None:
        with self._database.write() as sql:
            runs.delete_tag(sql, run_id, key)

    def metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]:
        found = self.metric_series(run_id, key, max_results=max_results, page_token=page_token)
        return Page(items=points.points_of(found), next_page_token=found.next_page_token)

    def metric_series(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Series:
        size = UNLIMITED if max_results is None else validation.check_max_results(max_results, UNLIMITED)
        with self._database.read() as sql:
            return points.series(sql, run_id, key, size=size, page_token=page_token)

    def metric_histories(self, run_ids: Sequence[str], key: str, *, max_results: int) -> tuple[Metric, ...]:
        from mlproj.tracking.sql import histories

        with self._database.read() as sql:
            return histories.first_points(sql, run_ids, key, max_results=max_results)

    def sampled_histories(
        self, run_ids: Sequence[str], key: str, *, max_results: int, steps: tuple[int, int] | None = None
    ) -> tuple[Metric, ...]:
        from mlproj.tracking.sql import histories

        with self._database.read() as sql:
            return histories.sampled_points(sql, run_ids, key, max_results=max_results, steps=steps)

    def metric_curves(
        self,
        run_ids: Sequence[str],
        key: str,
        *,
        points: int,
        axis: str = "step",
        between: tuple[int, int] | None = None,
    ) -> tuple[Curve, ...]:
        from mlproj.tracking.sql import curves

        with self._database.read() as sql:
            return curves.curves(sql, run_ids, key, points=points, axis=axis, between=between)

    def column_names(self, experiment_ids: Sequence[str], *, newest: int) -> ColumnNames:
        from mlproj.tracking.sql import columns

        with self._database.read() as sql:
            return columns.column_names(sql, experiment_ids, newest=newest)

    def search_datasets(self, experiment_ids: Sequence[str]) -> tuple[DatasetSummary, ...]:
        from mlproj.tracking.sql import dataset_search

        with self._database.read() as sql:
            return dataset_search.search_datasets(sql, experiment_ids)

    def log_inputs(self, run_id: str, *, datasets: Sequence[DatasetInput] = (), models: Sequence[str] = ()) -> None:
        with self._database.write() as sql:
            inputs.log_inputs(sql, runs.active_key_of(sql, run_id), datasets, models)

    def log_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        with self._database.write() as sql:
            inputs.log_outputs(sql, runs.active_key_of(sql, run_id), models)

    # artifacts

    def artifacts(self, run_id: str) -> Artifacts:
        return self.artifacts_at(self.get_run(run_id).artifact_uri)

    def artifacts_at(self, uri: str) -> Artifacts:
        """What lies behind an artifact URI of this store: below its root, in a directory, or in an object store."""
        return self._places.at(uri)

    def artifact_root(self) -> Artifacts:
        return self._places.below("")

    @property
    def artifact_root_uri(self) -> str:
        return self._places.root

    def set_artifact_root(self, root: str) -> str:
        checked = read_root(root, environ=self._environ)
        with self._database.write() as sql:
            sql.execute("UPDATE meta SET value = ? WHERE key = 'artifact_root'", (checked,))
        self._places = ArtifactPlaces(checked, self._environ)
        return checked

    # logged models

    def create_logged_model(
        self,
        experiment_id: str,
        *,
        name: str | None,
        source_run_id: str = "",
        model_type: str = "",
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        model_id: str = "",
    ) -> LoggedModel:
        from mlproj.tracking.sql import models

        with self._database.write() as sql:
            return models.create(
                sql,
                experiment_id,
                name=name,
                source_run_id=source_run_id,
                model_type=model_type,
                params=params or {},
                tags=tags or {},
                now_ms=now_ms(),
                model_id=model_id,
            )

    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        from mlproj.tracking.sql import models

        with self._database.read() as sql:
            return models.get(sql, model_id, allow_deleted=allow_deleted)

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        from mlproj.tracking.sql import models

        with self._database.write() as sql:
            return models.finalize(sql, model_id, status, now_ms=now_ms())

    def delete_logged_model(self, model_id: str) -> None:
        from mlproj.tracking.sql import models

        with self._database.write() as sql:
            models.delete(sql, model_id, now_ms=now_ms())

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        from mlproj.tracking.sql import models

        with self._database.write() as sql:
            return models.set_tags(sql, model_id, tags, now_ms=now_ms())

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        from mlproj.tracking.sql import models

        with self._database.write() as sql:
            models.delete_tag(sql, model_id, key)

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        from mlproj.tracking.sql import models

        with self._database.write() as sql:
            models.log_params(sql, model_id, params)

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        datasets: Sequence[Mapping[str, str]] = (),
        max_results: int = 50,
        order_by: Sequence[Mapping[str, object]] = (),
        page_token: str | None = None,
    ) -> Page[LoggedModel]:
        from mlproj.tracking.sql import model_search

        with self._database.read() as sql:
            return model_search.search_logged_models(
                sql,
                experiment_ids,
                filter_string=filter_string,
                datasets=datasets,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
            )

    # the end of what was deleted

    def deleted_runs(self) -> tuple[str, ...]:
        from mlproj.tracking.sql import purging

        with self._database.read() as sql:
            return purging.deleted_runs(sql)

    def deleted_experiments(self) -> tuple[str, ...]:
        from mlproj.tracking.sql import purging

        with self._database.read() as sql:
            return purging.deleted_experiments(sql)

    def purge_run(self, run_id: str) -> None:
        from mlproj.tracking.sql import purging

        with self._database.write() as sql:
            purging.purge_run(sql, run_id)

    def purge_experiment(self, experiment_id: str) -> None:
        from mlproj.tracking.sql import purging

        with self._database.write() as sql:
            purging.purge_experiment(sql, experiment_id)

    # what was made elsewhere

    def import_experiment(self, experiment: Experiment) -> str:
        from mlproj.tracking.sql import importing

        with self._database.write() as sql:
            return importing.write_experiment(sql, experiment)

    def import_run(self, run: Run, points: Callable[[], Iterable[Metric]]) -> int:
        from mlproj.tracking.sql import importing

        with self._database.write() as sql:
            return importing.write_run(sql, run, points())

    def import_logged_model(self, model: LoggedModel, stage: LifecycleStage) -> bool:
        from mlproj.tracking.sql import importing

        with self._database.write() as sql:
            return importing.write_logged_model(sql, model, stage)

    # the store itself

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._database.write():
            yield

    def close(self) -> None:
        self._database.close()
