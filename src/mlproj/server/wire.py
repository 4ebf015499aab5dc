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
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


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
    for name in ("model_id", "dataset_name", "dataset_digest", "run_id"):
        if text := getattr(entity, name):
            point[name] = text
    return point


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
    info = filled(
        {
            "run_id": entity.run_id,
            "run_uuid": entity.run_id,
            "run_name": entity.run_name,
            "experiment_id": entity.experiment_id,
            "status": str(entity.status),
            "start_time": entity.start_time,
            "end_time": entity.end_time,
            "artifact_uri": entity.artifact_uri,
            "lifecycle_stage": str(entity.lifecycle_stage),
        }
    )
    return {**info, "user_id": entity.user_id}


def run(entity: Run) -> Json:
    return {
        "info": run_info(entity),
        "data": filled(
            {
                "metrics": [metric(point) for point in entity.metrics.values()],
                "params": pairs(entity.params),
                "tags": pairs(entity.tags),
            }
        ),
        "inputs": filled(
            {
                "dataset_inputs": [dataset_input(item) for item in entity.dataset_inputs],
                "model_inputs": [{"model_id": model_id} for model_id in entity.model_inputs],
            }
        ),
        "outputs": filled(
            {
                "model_outputs": [{"model_id": item.model_id, "step": item.step} for item in entity.model_outputs],
            }
        ),
    }


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
