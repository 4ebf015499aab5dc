"""Registered models and logged models of the wire as entities."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlproj.tracking.entities import LoggedModel, LoggedModelStatus, ModelVersion, RegisteredModel, Stage
from mlproj.tracking.registry_sources import logged_model_in
from mlproj.tracking.rest.wire import read_metric, read_pairs

Json = Mapping[str, Any]
RESOLVED = frozenset({"models", "file", ""})
"""Schemes of sources that only the server can turn into the place of the files."""


def read_model(value: Json) -> RegisteredModel:
    return RegisteredModel(
        name=str(value["name"]),
        creation_timestamp=int(value.get("creation_timestamp", 0)),
        last_updated_timestamp=int(value.get("last_updated_timestamp", 0)),
        description=str(value.get("description", "")),
        tags=read_pairs(value.get("tags", ())),
        aliases={str(item["alias"]): int(item["version"]) for item in value.get("aliases", ())},
        latest_versions=tuple(map(read_version, value.get("latest_versions", ()))),
    )


def read_version(value: Json) -> ModelVersion:
    """`location` is empty where the server has to be asked for it."""
    source = str(value.get("source", ""))
    return ModelVersion(
        name=str(value["name"]),
        version=int(value["version"]),
        creation_timestamp=int(value.get("creation_timestamp", 0)),
        last_updated_timestamp=int(value.get("last_updated_timestamp", 0)),
        user_id=str(value.get("user_id", "")),
        stage=Stage(value.get("current_stage") or "None"),
        description=str(value.get("description", "")),
        source=source,
        location="" if _scheme(source) in RESOLVED else source,
        run_id=str(value.get("run_id", "")),
        run_link=str(value.get("run_link", "")),
        model_id=str(value.get("model_id", "")) or logged_model_in(source),
        tags=read_pairs(value.get("tags", ())),
        aliases=tuple(map(str, value.get("aliases", ()))),
        params={str(item["name"]): str(item.get("value", "")) for item in value.get("model_params", ())},
        metrics=tuple(map(read_metric, value.get("model_metrics", ()))),
    )


def _scheme(source: str) -> str:
    try:
        return urlsplit(source).scheme
    except ValueError:
        return "none"


def read_logged_model(value: Json) -> LoggedModel:
    info, data = value["info"], value.get("data", {})
    return LoggedModel(
        model_id=str(info["model_id"]),
        experiment_id=str(info.get("experiment_id", "")),
        name=str(info.get("name", "")),
        artifact_uri=str(info.get("artifact_uri", "")),
        creation_timestamp_ms=int(info.get("creation_timestamp_ms", 0)),
        last_updated_timestamp_ms=int(info.get("last_updated_timestamp_ms", 0)),
        status=LoggedModelStatus(info.get("status", "LOGGED_MODEL_STATUS_UNSPECIFIED")),
        model_type=str(info.get("model_type", "")),
        source_run_id=str(info.get("source_run_id", "")),
        tags=read_pairs(info.get("tags", ())),
        params=read_pairs(data.get("params", ())),
        metrics=tuple(map(read_metric, data.get("metrics", ()))),
    )
