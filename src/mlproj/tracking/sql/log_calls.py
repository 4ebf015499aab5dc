"""What runs log, and what is read of it: points, params, tags, curves, data sets."""

from collections.abc import Mapping, Sequence

from mlproj.tracking import validation
from mlproj.tracking.entities import ColumnNames, Curve, DatasetInput, DatasetSummary, Metric, ModelOutput, Page, Series
from mlproj.tracking.sql import inputs, points, runs
from mlproj.tracking.sql.calls import Calls

UNLIMITED = 2**62


class LogCalls(Calls):
    """The part of a store that has to do with what runs log."""

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
        glimpse: int = 0,
    ) -> tuple[Curve, ...]:
        from mlproj.tracking.sql import curves

        with self._database.read() as sql:
            return curves.curves(sql, run_ids, key, points=points, axis=axis, between=between, glimpse=glimpse)

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
