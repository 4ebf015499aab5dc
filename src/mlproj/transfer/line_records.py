"""Experiments, runs and logged models as JSON, one line each."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from mlproj.tracking.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    Run,
    RunStatus,
)

Json = Mapping[str, Any]


def number(value: float) -> float | str:
    """JSON has no NaN."""
    return "NaN" if value != value else value  # noqa: PLR0124 - only NaN differs from itself


def write_run(run: Run) -> dict[str, Any]:
    """All of a run but its points, which follow it."""
    return asdict(replace(run, metrics={})) | {"metrics": len(run.metrics)}


def write_model(model: LoggedModel) -> dict[str, Any]:
    points = [asdict(point) | {"value": number(point.value)} for point in model.metrics]
    return asdict(replace(model, metrics=())) | {"metrics": points}


def read_experiment(line: Json) -> Experiment:
    return Experiment(
        experiment_id=str(line["experiment_id"]),
        name=str(line["name"]),
        artifact_location=str(line["artifact_location"]),
        lifecycle_stage=LifecycleStage(line["lifecycle_stage"]),
        creation_time=int(line["creation_time"]),
        last_update_time=int(line["last_update_time"]),
        tags=dict(line["tags"]),
    )


def read_run(line: Json) -> Run:
    return Run(
        run_id=str(line["run_id"]),
        run_name=str(line["run_name"]),
        experiment_id=str(line["experiment_id"]),
        user_id=str(line["user_id"]),
        status=RunStatus(line["status"]),
        start_time=int(line["start_time"]),
        end_time=None if line["end_time"] is None else int(line["end_time"]),
        artifact_uri=str(line["artifact_uri"]),
        lifecycle_stage=LifecycleStage(line["lifecycle_stage"]),
        params=dict(line["params"]),
        tags=dict(line["tags"]),
        dataset_inputs=tuple(
            DatasetInput(dataset=Dataset(**item["dataset"]), tags=dict(item["tags"])) for item in line["dataset_inputs"]
        ),
        model_inputs=tuple(line["model_inputs"]),
        model_outputs=tuple(ModelOutput(**item) for item in line["model_outputs"]),
    )


def read_model(line: Json) -> LoggedModel:
    return LoggedModel(
        model_id=str(line["model_id"]),
        experiment_id=str(line["experiment_id"]),
        name=str(line["name"]),
        artifact_uri=str(line["artifact_uri"]),
        creation_timestamp_ms=int(line["creation_timestamp_ms"]),
        last_updated_timestamp_ms=int(line["last_updated_timestamp_ms"]),
        status=LoggedModelStatus(line["status"]),
        model_type=str(line["model_type"]),
        source_run_id=str(line["source_run_id"]),
        tags=dict(line["tags"]),
        params=dict(line["params"]),
        metrics=tuple(Metric(**point | {"value": float(point["value"])}) for point in line["metrics"]),
    )
