"""Entities as JSON: snake_case, int64 as numbers, NaN and infinities as strings, empty fields left out."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mlproj.tracking.entities import (
    DatasetInput,
    Experiment,
    FileInfo,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    Page,
    Run,
    RunStatus,
    Series,
    ViewType,
)

Json = dict[str, Any]

RUN_STATUS = {
    1: RunStatus.RUNNING,
    2: RunStatus.SCHEDULED,
    3: RunStatus.FINISHED,
    4: RunStatus.FAILED,
    5: RunStatus.KILLED,
}
VIEW_TYPE = {1: ViewType.ACTIVE_ONLY, 2: ViewType.DELETED_ONLY, 3: ViewType.ALL}
LOGGED_MODEL_STATUS = dict(enumerate(LoggedModelStatus))


def number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def pairs(mapping: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in mapping.items()]


def filled(fields: Mapping[str, object]) -> Json:
    """The fields that hold something; 0 and False do."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {}, ())}


def page(name: str, items: Iterable[Json], found: Page[Any]) -> Json:
    return filled({name: list(items), "next_page_token": found.next_page_token})


def experiment(entity: Experiment) -> Json:
    return filled(
        {
            "experiment_id": entity.experiment_id,
            "name": entity.name,
            "artifact_location": entity.artifact_location,
            "lifecycle_stage": str(entity.lifecycle_stage),
            "creation_time": entity.creation_time,
            "last_update_time": entity.last_update_time,
            "tags": pairs(entity.tags),
        }
    )


def metric(entity: Metric) -> Json:
    point = {
        "key": entity.key,
        "value": number(entity.value),
        "timestamp": entity.timestamp,
        "step": entity.step,
    }
    if entity.model_id:
        point["model_id"] = entity.model_id
    if entity.dataset_name:
        point["dataset_name"] = entity.dataset_name
    if entity.dataset_digest:
        point["dataset_digest"] = entity.dataset_digest
    if entity.run_id:
        point["run_id"] = entity.run_id
    return point


def series(entity: Series) -> list[Json]:
    """The same points as `metric` makes, many at once."""
    key, finite = entity.key, math.isfinite
    return [
        {"key": key, "value": value if finite(value) else number(value), "timestamp": timestamp, "step": step}
        for timestamp, step, value in zip(entity.timestamps, entity.steps, entity.values, strict=True)
    ]


def dataset_input(entity: DatasetInput) -> Json:
    dataset = entity.dataset
    return filled(
        {
            "tags": pairs(entity.tags),
            "dataset": filled(
                {
                    "name": dataset.name,
                    "digest": dataset.digest,
                    "source_type": dataset.source_type,
                    "source": dataset.source,
                    "schema": dataset.schema,
                    "profile": dataset.profile,
                }
            ),
        }
    )


def run_info(entity: Run) -> Json:
    info: Json = {
        "run_id": entity.run_id,
        "run_uuid": entity.run_id,
        "experiment_id": entity.experiment_id,
        "status": str(entity.status),
        "start_time": entity.start_time,
        "artifact_uri": entity.artifact_uri,
        "lifecycle_stage": str(entity.lifecycle_stage),
        "user_id": entity.user_id,
    }
    if entity.run_name:
        info["run_name"] = entity.run_name
    if entity.end_time is not None:
        info["end_time"] = entity.end_time
    return info


def run(entity: Run) -> Json:
    """A page holds thousands of these, so fields that hold nothing are never made."""
    data: Json = {}
    if entity.metrics:
        data["metrics"] = [
            {"key": key, "value": number(point.value), "timestamp": point.timestamp, "step": point.step}
            for key, point in entity.metrics.items()
        ]
    if entity.params:
        data["params"] = pairs(entity.params)
    if entity.tags:
        data["tags"] = pairs(entity.tags)
    inputs: Json = {}
    if entity.dataset_inputs:
        inputs["dataset_inputs"] = [dataset_input(item) for item in entity.dataset_inputs]
    if entity.model_inputs:
        inputs["model_inputs"] = [{"model_id": model_id} for model_id in entity.model_inputs]
    outputs: Json = {}
    if entity.model_outputs:
        outputs["model_outputs"] = [{"model_id": item.model_id, "step": item.step} for item in entity.model_outputs]
    return {"info": run_info(entity), "data": data, "inputs": inputs, "outputs": outputs}


def logged_model(entity: LoggedModel) -> Json:
    info = filled(
        {
            "model_id": entity.model_id,
            "experiment_id": entity.experiment_id,
            "name": entity.name,
            "creation_timestamp_ms": entity.creation_timestamp_ms,
            "last_updated_timestamp_ms": entity.last_updated_timestamp_ms,
            "artifact_uri": entity.artifact_uri,
            "status": str(entity.status),
            "model_type": entity.model_type,
            "source_run_id": entity.source_run_id,
            "tags": pairs(entity.tags),
        }
    )
    data = filled({"params": pairs(entity.params), "metrics": [metric(point) for point in entity.metrics]})
    return {"info": info, "data": data}


def file_info(entity: FileInfo, path: str) -> Json:
    """`is_dir` is always there: clients read it without asking."""
    size = {} if entity.file_size is None else {"file_size": entity.file_size}
    return {"path": path, "is_dir": entity.is_dir, **size}
