"""Experiments, runs and what hangs on them. Names match MLflow's wire; times are UTC milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

Item = TypeVar("Item")

DEFAULT_EXPERIMENT_ID = "0"


class RunStatus(StrEnum):
    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @property
    def is_final(self) -> bool:
        return self in {RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED}


class LifecycleStage(StrEnum):
    ACTIVE = "active"
    DELETED = "deleted"


class ViewType(StrEnum):
    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"


class LoggedModelStatus(StrEnum):
    UNSPECIFIED = "LOGGED_MODEL_STATUS_UNSPECIFIED"
    PENDING = "LOGGED_MODEL_PENDING"
    READY = "LOGGED_MODEL_READY"
    UPLOAD_FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE
    creation_time: int
    last_update_time: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One point. `value` may be NaN; infinities are kept as the largest finite doubles."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points of one metric of one run by time, as columns of one length: a history may have a hundred thousand."""

    key: str
    timestamps: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    next_page_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One metric of a run to draw: `values` over `at`, which are steps or times, in their order.

    Unless `exact` these are the first and the last point, and those with the lowest and the highest value in each piece
    of the axis. Values that are not finite stand at their places.
    """

    run_id: str
    at: tuple[int, ...]
    values: tuple[float, ...]
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKeys:
    """Which of the metrics, params and tags of runs are asked for."""

    metrics: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNames:
    """What runs of an experiment have, by name."""

    metrics: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInput:
    dataset: Dataset
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutput:
    model_id: str
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run with its params, tags, the latest point of each metric, and its inputs and outputs.

    `artifact_uri` is what clients are told (`mlflow-artifacts:/EXPERIMENT/RUN/artifacts` in a store of ours).
    """

    run_id: str
    run_name: str
    experiment_id: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None = None
    artifact_uri: str
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    dataset_inputs: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[str, ...] = ()
    model_outputs: tuple[ModelOutput, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModel:
    model_id: str
    experiment_id: str
    name: str
    artifact_uri: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    status: LoggedModelStatus
    model_type: str = ""
    source_run_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()


class Stage(StrEnum):
    """Where a version of a registered model stands."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A version of a registered model. `source` is what it was made from, `location` where its files are.

    `params` and `metrics` are those of the logged model behind it, where a single version was asked for.
    """

    name: str
    version: int
    creation_timestamp: int
    last_updated_timestamp: int
    user_id: str = ""
    stage: Stage = Stage.NONE
    description: str = ""
    source: str
    location: str
    run_id: str = ""
    run_link: str = ""
    model_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A name that versions of a model are kept under; `latest_versions` has the highest of each stage."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    latest_versions: tuple[ModelVersion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """What somebody did to a version of a registered model."""

    timestamp: int
    user_id: str
    action: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A data set as it was used in an experiment."""

    experiment_id: str
    name: str
    digest: str
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """An artifact: `path` is relative to the run's root, with slashes; `file_size` in bytes, None for a directory."""

    path: str
    is_dir: bool
    file_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a listing; `next_page_token` is None on the last one."""

    items: tuple[Item, ...]
    next_page_token: str | None = None
