"""Logged models of a store."""

from collections.abc import Mapping, Sequence

from mlproj.system.clock import now_ms
from mlproj.tracking.entities import LoggedModel, LoggedModelStatus, Page
from mlproj.tracking.sql.calls import Calls


class LoggedModelCalls(Calls):
    """The part of a store that has to do with logged models."""

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
