"""The model registry of a server. The server knows who asks, so what is said of it here is not sent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlproj.tracking.entities import ModelVersion, Page, RegisteredModel
from mlproj.tracking.rest import registry_wire, wire
from mlproj.tracking.rest.calls import Calls
from mlproj.tracking.rest.connection import Json

MODELS = "registered-models"
VERSIONS = "model-versions"


class RestRegistry(Calls):
    """A listing does not tell where the files of a version are, if they are the server's: `location` is empty then."""

    # registered models

    def create_model(
        self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None, user: str = ""
    ) -> RegisteredModel:
        body = {"name": name, "description": description, "tags": wire.write_pairs(tags or {})}
        return self._model(self._post(f"{MODELS}/create", body, repeatable=False))

    def get_model(self, name: str) -> RegisteredModel:
        return self._model(self._get(f"{MODELS}/get", ("name", name)))

    def rename_model(self, name: str, new_name: str, *, user: str = "") -> RegisteredModel:
        return self._model(self._post(f"{MODELS}/rename", {"name": name, "new_name": new_name}, repeatable=False))

    def describe_model(self, name: str, description: str) -> RegisteredModel:
        return self._model(self._patch(f"{MODELS}/update", {"name": name, "description": description}))

    def delete_model(self, name: str, *, user: str = "") -> None:
        self._delete(f"{MODELS}/delete", {"name": name}, repeatable=False)

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        self._post(f"{MODELS}/set-tag", {"name": name, "key": key, "value": value})

    def delete_model_tag(self, name: str, key: str) -> None:
        self._delete(f"{MODELS}/delete-tag", {"name": name, "key": key})

    def set_alias(self, name: str, alias: str, version: int, *, user: str = "") -> None:
        self._post(f"{MODELS}/alias", {"name": name, "alias": alias, "version": str(version)})

    def delete_alias(self, name: str, alias: str, *, user: str = "") -> None:
        self._delete(f"{MODELS}/alias", {"name": name, "alias": alias})

    def search_models(
        self,
        *,
        filter_string: str = "",
        max_results: int = 100,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[RegisteredModel]:
        query = _search(filter_string, max_results, order_by, page_token)
        return self._page(self._get(f"{MODELS}/search", *query), "registered_models", registry_wire.read_model)

    # versions

    def create_version(
        self,
        name: str,
        source: str,
        *,
        run_id: str = "",
        run_link: str = "",
        description: str = "",
        model_id: str = "",
        tags: Mapping[str, str] | None = None,
        user: str = "",
    ) -> ModelVersion:
        texts = {"run_id": run_id, "run_link": run_link, "description": description, "model_id": model_id}
        given = {key: text for key, text in texts.items() if text}
        body = {"name": name, "source": source, **given, "tags": wire.write_pairs(tags or {})}
        return self._version(self._post(f"{VERSIONS}/create", body, repeatable=False))

    def get_version(self, name: str, version: int) -> ModelVersion:
        return self._version(self._get(f"{VERSIONS}/get", ("name", name), ("version", str(version))))

    def get_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        return self._version(self._get(f"{MODELS}/alias", ("name", name), ("alias", alias)))

    def latest_versions(self, name: str, stages: Sequence[str] = ()) -> tuple[ModelVersion, ...]:
        answer = self._post(f"{MODELS}/get-latest-versions", {"name": name, "stages": list(stages)})
        return self._page(answer, "model_versions", registry_wire.read_version).items

    def describe_version(self, name: str, version: int, description: str, *, user: str = "") -> ModelVersion:
        body = {"name": name, "version": str(version), "description": description}
        return self._version(self._patch(f"{VERSIONS}/update", body))

    def move_version(
        self, name: str, version: int, stage: str, *, archive_existing: bool = False, user: str = ""
    ) -> ModelVersion:
        body = {"name": name, "version": str(version), "stage": stage, "archive_existing_versions": archive_existing}
        return self._version(self._post(f"{VERSIONS}/transition-stage", body))

    def delete_version(self, name: str, version: int, *, user: str = "") -> None:
        self._delete(f"{VERSIONS}/delete", {"name": name, "version": str(version)}, repeatable=False)

    def set_version_tag(self, name: str, version: int, key: str, value: str, *, user: str = "") -> None:
        self._post(f"{VERSIONS}/set-tag", {"name": name, "version": str(version), "key": key, "value": value})

    def delete_version_tag(self, name: str, version: int, key: str, *, user: str = "") -> None:
        self._delete(f"{VERSIONS}/delete-tag", {"name": name, "version": str(version), "key": key})

    def search_versions(
        self,
        *,
        filter_string: str = "",
        max_results: int = 200_000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[ModelVersion]:
        query = _search(filter_string, max_results, order_by, page_token)
        return self._page(self._get(f"{VERSIONS}/search", *query), "model_versions", registry_wire.read_version)

    def _model(self, answer: Json) -> RegisteredModel:
        return self._one(answer, "registered_model", registry_wire.read_model)

    def _version(self, answer: Json) -> ModelVersion:
        """A single version, whose location is asked for where only the server knows it."""
        version = self._one(answer, "model_version", registry_wire.read_version)
        if version.location:
            return version
        names = ("name", version.name), ("version", str(version.version))
        return replace(
            version, location=self._one(self._get(f"{VERSIONS}/get-download-uri", *names), "artifact_uri", str)
        )


def _search(
    filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> list[tuple[str, str]]:
    given = [("filter", filter_string), ("page_token", page_token or "")]
    return [
        ("max_results", str(max_results)),
        *((name, text) for name, text in given if text),
        *(("order_by", item) for item in order_by),
    ]
