"""Experiments of a store."""

from collections.abc import Mapping, Sequence

from mlproj.system.clock import now_ms
from mlproj.tracking.entities import Experiment, LifecycleStage, Page, ViewType
from mlproj.tracking.sql import experiments
from mlproj.tracking.sql.calls import Calls


class ExperimentCalls(Calls):
    """The part of a store that has to do with experiments."""

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
