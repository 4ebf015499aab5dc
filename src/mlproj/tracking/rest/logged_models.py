"""Logged models of a server."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from mlproj.tracking.entities import LoggedModel, LoggedModelStatus, Page
from mlproj.tracking.rest import wire
from mlproj.tracking.rest.calls import API, Calls
from mlproj.tracking.rest.connection import Json
from mlproj.tracking.rest.registry_wire import read_logged_model


class LoggedModelCalls(Calls):
    """The part of a REST store that has to do with logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        *,
        name: str | None,
        source_run_id: str = "",
        model_type: str = "",
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> LoggedModel:
        texts = {"name": name, "source_run_id": source_run_id, "model_type": model_type}
        body = {
            "experiment_id": experiment_id,
            **{key: text for key, text in texts.items() if text},
            "params": wire.write_pairs(params or {}),
            "tags": wire.write_pairs(tags or {}),
        }
        return self._logged_model(self._post("logged-models", body, repeatable=False))

    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        return self._logged_model(self._get(_path(model_id), *([("allow_deleted", "true")] if allow_deleted else ())))

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        return self._logged_model(self._patch(_path(model_id), {"model_id": model_id, "status": status.value}))

    def delete_logged_model(self, model_id: str) -> None:
        self._delete(_path(model_id), {}, repeatable=False)

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        """Gives the model, which genuine servers leave out of their answer."""
        self._patch(f"{_path(model_id)}/tags", {"model_id": model_id, "tags": wire.write_pairs(tags)})
        return self.get_logged_model(model_id)

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        self._connection.call("DELETE", f"{API}/{_path(model_id)}/tags/{quote(key, safe='')}", repeatable=False)

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        self._post(f"{_path(model_id)}/params", {"model_id": model_id, "params": wire.write_pairs(params)})

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
        given = {
            "filter": filter_string,
            "datasets": [dict(item) for item in datasets],
            "order_by": [dict(item) for item in order_by],
            "page_token": page_token,
        }
        body = {
            "experiment_ids": list(experiment_ids),
            "max_results": max_results,
            **{key: value for key, value in given.items() if value},
        }
        return self._page(self._post("logged-models/search", body), "models", read_logged_model)

    def _logged_model(self, answer: Json) -> LoggedModel:
        return self._one(answer, "model", read_logged_model)


def _path(model_id: str) -> str:
    return f"logged-models/{quote(model_id, safe='')}"
