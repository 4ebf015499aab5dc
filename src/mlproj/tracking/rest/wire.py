"""JSON of the wire as entities, and back. Servers leave out what is empty, and may quote whole numbers."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mlproj.tracking.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    FileInfo,
    LifecycleStage,
    Metric,
    ModelOutput,
    Run,
    RunStatus,
)

Json = Mapping[str, Any]


def read_experiment(value: Json) -> Experiment:
    return Experiment(
        experiment_id=str(value.get("experiment_id", "")),
        name=str(value.get("name", "")),
        artifact_location=str(value.get("artifact_location", "")),
        lifecycle_stage=LifecycleStage(value.get("lifecycle_stage", "active")),
        creation_time=int(value.get("creation_time", 0)),
        last_update_time=int(value.get("last_update_time", 0)),
        tags=read_pairs(value.get("tags", ())),
    )


def read_run(value: Json) -> Run:
    info, data = value.get("info", {}), value.get("data", {})
    inputs, outputs = value.get("inputs", {}), value.get("outputs", {})
    tags = read_pairs(data.get("tags", ()))
    return Run(
        run_id=str(info.get("run_id") or info.get("run_uuid", "")),
        run_name=str(info.get("run_name") or tags.get("mlflow.runName", "")),
        experiment_id=str(info.get("experiment_id", "")),
        user_id=str(info.get("user_id", "")),
        status=RunStatus(info.get("status", "RUNNING")),
        start_time=int(info.get("start_time", 0)),
        end_time=int(info["end_time"]) if info.get("end_time") else None,
        artifact_uri=str(info.get("artifact_uri", "")),
        lifecycle_stage=LifecycleStage(info.get("lifecycle_stage", "active")),
        params=read_pairs(data.get("params", ())),
        metrics={item["key"]: read_metric(item) for item in data.get("metrics", ())},
        tags=tags,
        dataset_inputs=tuple(map(_read_dataset, inputs.get("dataset_inputs", ()))),
        model_inputs=tuple(str(item.get("model_id", "")) for item in inputs.get("model_inputs", ())),
        model_outputs=tuple(
            ModelOutput(model_id=str(item.get("model_id", "")), step=int(item.get("step", 0)))
            for item in outputs.get("model_outputs", ())
        ),
    )


def read_metric(value: Json) -> Metric:
    return Metric(
        key=str(value["key"]),
        value=float(value.get("value", 0.0)),
        timestamp=int(value.get("timestamp", 0)),
        step=int(value.get("step", 0)),
        model_id=value.get("model_id") or None,
        dataset_name=value.get("dataset_name") or None,
        dataset_digest=value.get("dataset_digest") or None,
        run_id=value.get("run_id") or None,
    )


def write_metric(metric: Metric) -> dict[str, object]:
    fields: dict[str, object] = {
        "key": metric.key,
        "value": _number(metric.value),
        "timestamp": metric.timestamp,
        "step": metric.step,
    }
    optional = {
        "model_id": metric.model_id,
        "dataset_name": metric.dataset_name,
        "dataset_digest": metric.dataset_digest,
    }
    return fields | {key: value for key, value in optional.items() if value}


def write_dataset_input(item: DatasetInput) -> dict[str, object]:
    dataset = {
        "name": item.dataset.name,
        "digest": item.dataset.digest,
        "source_type": item.dataset.source_type,
        "source": item.dataset.source,
        "schema": item.dataset.schema,
        "profile": item.dataset.profile,
    }
    return {
        "tags": write_pairs(item.tags),
        "dataset": {key: value for key, value in dataset.items() if value is not None},
    }


def read_file(value: Json) -> FileInfo:
    is_dir = bool(value.get("is_dir"))
    return FileInfo(
        path=str(value.get("path", "")), is_dir=is_dir, file_size=None if is_dir else int(value.get("file_size", 0))
    )


def read_pairs(items: Iterable[Json]) -> dict[str, str]:
    return {str(item["key"]): str(item.get("value", "")) for item in items}


def write_pairs(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def _read_dataset(value: Json) -> DatasetInput:
    dataset = value.get("dataset", {})
    return DatasetInput(
        dataset=Dataset(
            name=str(dataset.get("name", "")),
            digest=str(dataset.get("digest", "")),
            source_type=str(dataset.get("source_type", "")),
            source=str(dataset.get("source", "")),
            schema=dataset.get("schema"),
            profile=dataset.get("profile"),
        ),
        tags=read_pairs(value.get("tags", ())),
    )


def _number(value: float) -> float | str:
    """JSON has no NaN and no infinity; the wire has them as words."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
