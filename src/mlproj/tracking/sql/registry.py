"""The model registry over a database: each call one transaction."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mlproj.errors import InvalidValueError, MlprojError, NotFoundError
from mlproj.system.clock import now_ms
from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import ModelVersion, Page, RegisteredModel, VersionChange
from mlproj.tracking.registry import is_prompt, parse_stage, parse_stages, parse_version
from mlproj.tracking.registry_sources import Origin, check_prompt_source, locate, parse_reference
from mlproj.tracking.sql import importing, registry_changes, registry_models, registry_search, registry_versions, runs
from mlproj.tracking.sql import models as logged_models
from mlproj.tracking.sql.session import Database, Session
from mlproj.tracking.validation import MAX_TAG

VERSIONS_TAG = "mlflow.modelVersions"


class SqlRegistry:
    """`artifacts_at` finds what lies behind an artifact URI of the store."""

    def __init__(self, database: Database, *, artifacts_at: Callable[[str], Artifacts]) -> None:
        self._database = database
        self._artifacts_at = artifacts_at

    # registered models

    def create_model(
        self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None, user: str = ""
    ) -> RegisteredModel:
        with self._database.write() as sql:
            return registry_models.create(sql, name, description=description, tags=tags or {}, now_ms=now_ms())

    def get_model(self, name: str) -> RegisteredModel:
        with self._database.read() as sql:
            return registry_models.get(sql, name)

    def rename_model(self, name: str, new_name: str, *, user: str = "") -> RegisteredModel:
        with self._database.write() as sql:
            return registry_models.rename(sql, name, new_name, user=user, now_ms=now_ms())

    def describe_model(self, name: str, description: str) -> RegisteredModel:
        with self._database.write() as sql:
            return registry_models.describe(sql, name, description, now_ms=now_ms())

    def delete_model(self, name: str, *, user: str = "") -> None:
        with self._database.write() as sql:
            registry_models.delete(sql, name, user=user, now_ms=now_ms())

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        with self._database.write() as sql:
            registry_models.set_tag(sql, name, key, value)

    def delete_model_tag(self, name: str, key: str) -> None:
        with self._database.write() as sql:
            registry_models.delete_tag(sql, name, key)

    def set_alias(self, name: str, alias: str, version: int, *, user: str = "") -> None:
        with self._database.write() as sql:
            registry_models.set_alias(sql, name, alias, version, user=user, now_ms=now_ms())

    def delete_alias(self, name: str, alias: str, *, user: str = "") -> None:
        with self._database.write() as sql:
            registry_models.delete_alias(sql, name, alias, user=user, now_ms=now_ms())

    def search_models(
        self,
        *,
        filter_string: str = "",
        max_results: int = 100,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[RegisteredModel]:
        with self._database.read() as sql:
            return registry_search.search_models(
                sql, filter_string=filter_string, max_results=max_results, order_by=order_by, page_token=page_token
            )

    def import_model(self, model: RegisteredModel, versions: Sequence[ModelVersion]) -> int:
        with self._database.write() as sql:
            return importing.write_registered_model(sql, model, versions)

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
        with self._database.write() as sql:
            registry_versions.key_of_model(sql, name)
            location = source
            if is_prompt(tags or {}):
                check_prompt_source(source)
            else:
                location = self._located(sql, source, run_id, model_id)
            version = registry_versions.create(
                sql,
                name,
                source=source,
                location=location,
                run_id=run_id or _run_of(sql, model_id),
                run_link=run_link,
                description=description,
                model_id=model_id,
                tags=tags or {},
                user=user,
                now_ms=now_ms(),
            )
            if model_id:
                _note_version(sql, model_id, version)
            return version

    def get_version(self, name: str, version: int) -> ModelVersion:
        with self._database.read() as sql:
            found = registry_versions.get(sql, name, version)
            try:
                model = logged_models.get(sql, found.model_id, allow_deleted=True)
            except NotFoundError:
                return found
            return replace(found, params=model.params, metrics=model.metrics)

    def get_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        with self._database.read() as sql:
            return registry_versions.get(sql, name, registry_models.version_of_alias(sql, name, alias))

    def latest_versions(self, name: str, stages: Sequence[str] = ()) -> tuple[ModelVersion, ...]:
        wanted = parse_stages(stages)
        with self._database.read() as sql:
            model = registry_versions.key_of_model(sql, name)
            return tuple(registry_versions.latest(sql, [model], wanted).get(model, ()))

    def describe_version(self, name: str, version: int, description: str, *, user: str = "") -> ModelVersion:
        with self._database.write() as sql:
            return registry_versions.describe(sql, name, version, description, user=user, now_ms=now_ms())

    def move_version(
        self, name: str, version: int, stage: str, *, archive_existing: bool = False, user: str = ""
    ) -> ModelVersion:
        target = parse_stage(stage)
        with self._database.write() as sql:
            return registry_versions.move(
                sql, name, version, target, archive_existing=archive_existing, user=user, now_ms=now_ms()
            )

    def delete_version(self, name: str, version: int, *, user: str = "") -> None:
        with self._database.write() as sql:
            registry_versions.delete(sql, name, version, user=user, now_ms=now_ms())

    def set_version_tag(self, name: str, version: int, key: str, value: str, *, user: str = "") -> None:
        with self._database.write() as sql:
            registry_versions.set_tag(sql, name, version, key, value, user=user, now_ms=now_ms())

    def delete_version_tag(self, name: str, version: int, key: str, *, user: str = "") -> None:
        with self._database.write() as sql:
            registry_versions.delete_tag(sql, name, version, key, user=user, now_ms=now_ms())

    def search_versions(
        self,
        *,
        filter_string: str = "",
        max_results: int = 200_000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[ModelVersion]:
        with self._database.read() as sql:
            return registry_search.search_versions(
                sql, filter_string=filter_string, max_results=max_results, order_by=order_by, page_token=page_token
            )

    def version_history(self, name: str, version: int) -> tuple[VersionChange, ...]:
        with self._database.read() as sql:
            found = registry_changes.history(sql, registry_versions.key_of_model(sql, name), version)
        if not found:
            raise NotFoundError(f"Model Version (name={name}, version={version}) not found")
        return found

    # where versions come from

    def _located(self, sql: Session, source: str, run_id: str, model_id: str) -> str:
        """Where the files of a source are; InvalidValueError if it is not to be had."""
        reference = parse_reference(source)
        if reference is None:
            return locate(source, self._origins(sql, run_id, model_id))
        if reference.model_id:
            if reference.model_id != model_id:
                raise InvalidValueError(f"Invalid model version source: {source!r}: model_id must be the model in it")
            return logged_models.get(sql, model_id).artifact_uri
        number = _number(sql, reference.name, reference.version, reference.alias)
        return registry_versions.get(sql, reference.name, number).location

    def _origins(self, sql: Session, run_id: str, model_id: str) -> tuple[Origin, ...]:
        found = []
        if run_id:
            found.append(("run_id", run_id, runs.get(sql, run_id).artifact_uri))
        if model_id:
            found.append(("model_id", model_id, logged_models.get(sql, model_id).artifact_uri))
        return tuple(self._origin(*item) for item in found)

    def _origin(self, kind: str, identifier: str, root: str) -> Origin:
        try:
            directory = self._artifacts_at(root).local_directory()
        except MlprojError:
            directory = None  # it is of a kind that is not known here
        return Origin(kind=kind, id=identifier, root=root, directory=directory)


def _number(sql: Session, name: str, version: str, alias: str) -> int:
    if alias:
        return registry_models.version_of_alias(sql, name, alias)
    if version.isdecimal():
        return parse_version(version)
    model = registry_versions.key_of_model(sql, name)
    stages = () if version.lower() == "latest" else (parse_stage(version),)
    found = registry_versions.latest(sql, [model], *([stages] if stages else [])).get(model)
    if not found:
        raise NotFoundError(f"Registered Model with name={name} has no version at {version!r}")
    return found[-1].version


def _run_of(sql: Session, model_id: str) -> str:
    return logged_models.get(sql, model_id).source_run_id if model_id else ""


def _note_version(sql: Session, model_id: str, version: ModelVersion) -> None:
    """Leave word with the logged model of what it became."""
    known = logged_models.get(sql, model_id).tags.get(VERSIONS_TAG, "[]")
    try:
        so_far = json.loads(known)
    except ValueError:
        so_far = []
    items = [*(so_far if isinstance(so_far, list) else []), {"name": version.name, "version": version.version}]
    while len(text := json.dumps(items)) > MAX_TAG:
        del items[0]
    logged_models.set_tags(sql, model_id, {VERSIONS_TAG: text}, now_ms=version.creation_timestamp)
