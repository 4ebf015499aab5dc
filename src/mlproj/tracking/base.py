"""What every tracking store and artifact store can do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from mlproj.tracking.entities import (
    ColumnNames,
    Curve,
    DatasetInput,
    DatasetSummary,
    Experiment,
    FileInfo,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    ModelVersion,
    Page,
    RegisteredModel,
    Run,
    RunKeys,
    RunStatus,
    Series,
    VersionChange,
    ViewType,
)

if TYPE_CHECKING:
    from mlproj.tracking.sql.session import Database


class Artifacts(Protocol):
    """Files by path, relative to an artifact root; paths have slashes, no `..`, no leading slash.

    Raises InvalidValueError for a path that would leave the root, NotFoundError for a file that is not there.
    """

    def list(self, path: str = "") -> tuple[FileInfo, ...]:
        """The files of a directory, sorted by path, not recursive; empty if there is no such directory."""
        ...

    def open(self, path: str) -> BinaryIO: ...

    def write(self, path: str, content: Iterator[bytes]) -> None:
        """Write a file whole or not at all."""
        ...

    def delete(self, path: str) -> None: ...

    def local_directory(self) -> Path | None:
        """The directory behind the root if it is on this machine, so that files can grow in place; else None."""
        ...


class Store(Protocol):
    """A tracking store. Safe to call from several threads.

    Raises NotFoundError, AlreadyExistsError and InvalidValueError as MLflow's server does (`tracking` has the wire
    codes), TrackingError and its kin when the store itself fails. Writing a metric or a param again is no error.
    """

    uri: str
    notes: tuple[str, ...]
    """Remarks about how the store was opened, for a command to print once."""

    @property
    def registry(self) -> "Registry": ...

    # experiments
    def create_experiment(
        self, name: str, *, artifact_location: str = "", tags: Mapping[str, str] | None = None
    ) -> str: ...
    def get_experiment(self, experiment_id: str) -> Experiment: ...
    def get_experiment_by_name(self, name: str) -> Experiment | None: ...
    def rename_experiment(self, experiment_id: str, new_name: str) -> None: ...
    def delete_experiment(self, experiment_id: str) -> None: ...
    def restore_experiment(self, experiment_id: str) -> None: ...
    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None: ...
    def delete_experiment_tag(self, experiment_id: str, key: str) -> None: ...
    def search_experiments(
        self,
        *,
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str = "",
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[Experiment]: ...

    # runs
    def create_run(
        self,
        experiment_id: str,
        *,
        start_time: int,
        run_name: str = "",
        user_id: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> Run: ...
    def get_run(self, run_id: str) -> Run: ...
    def update_run(
        self,
        run_id: str,
        *,
        status: RunStatus | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> Run: ...
    def delete_run(self, run_id: str) -> None: ...
    def restore_run(self, run_id: str) -> None: ...
    def find_runs(self, prefix: str, *, limit: int = 2) -> tuple[str, ...]:
        """Ids of runs, deleted ones too, that begin with `prefix`: for abbreviated ids."""
        ...

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[Run]: ...

    # what runs log
    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None: ...
    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None: ...
    def delete_tag(self, run_id: str, key: str) -> None: ...
    def metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]: ...
    def log_inputs(self, run_id: str, *, datasets: Sequence[DatasetInput] = (), models: Sequence[str] = ()) -> None: ...
    def log_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None: ...

    # logged models
    def create_logged_model(
        self,
        experiment_id: str,
        *,
        name: str | None,
        source_run_id: str = "",
        model_type: str = "",
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> LoggedModel: ...
    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel: ...
    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel: ...
    def delete_logged_model(self, model_id: str) -> None: ...
    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel: ...
    def delete_logged_model_tag(self, model_id: str, key: str) -> None: ...
    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None: ...
    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        datasets: Sequence[Mapping[str, str]] = (),
        max_results: int = 50,
        order_by: Sequence[Mapping[str, object]] = (),
        page_token: str | None = None,
    ) -> Page[LoggedModel]: ...

    # artifacts
    def artifacts(self, run_id: str) -> Artifacts:
        """The artifact root of one run."""
        ...

    def artifacts_at(self, uri: str) -> Artifacts:
        """What lies behind an artifact URI."""
        ...

    def close(self) -> None: ...


class Registry(Protocol):
    """Names for models, and the numbered versions under each. Raises as a store does.

    `user` is who asks, and is kept with what changed. Tags and aliases that are not there can be deleted.
    """

    # registered models
    def create_model(
        self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None, user: str = ""
    ) -> RegisteredModel: ...
    def get_model(self, name: str) -> RegisteredModel: ...
    def rename_model(self, name: str, new_name: str, *, user: str = "") -> RegisteredModel: ...
    def describe_model(self, name: str, description: str) -> RegisteredModel: ...
    def delete_model(self, name: str, *, user: str = "") -> None:
        """Remove a model with all its versions; the name can then be used anew."""
        ...

    def set_model_tag(self, name: str, key: str, value: str) -> None: ...
    def delete_model_tag(self, name: str, key: str) -> None: ...
    def set_alias(self, name: str, alias: str, version: int, *, user: str = "") -> None: ...
    def delete_alias(self, name: str, alias: str, *, user: str = "") -> None: ...
    def search_models(
        self,
        *,
        filter_string: str = "",
        max_results: int = 100,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[RegisteredModel]:
        """Prompts, which are kept as registered models, are found only by those who ask for them."""
        ...

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
    ) -> ModelVersion: ...
    def get_version(self, name: str, version: int) -> ModelVersion: ...
    def get_version_by_alias(self, name: str, alias: str) -> ModelVersion: ...
    def latest_versions(self, name: str, stages: Sequence[str] = ()) -> tuple[ModelVersion, ...]:
        """The highest version of each stage, or of those named."""
        ...

    def describe_version(self, name: str, version: int, description: str, *, user: str = "") -> ModelVersion: ...
    def move_version(
        self, name: str, version: int, stage: str, *, archive_existing: bool = False, user: str = ""
    ) -> ModelVersion:
        """Put a version on a stage; with `archive_existing` the others there go to Archived."""
        ...

    def delete_version(self, name: str, version: int, *, user: str = "") -> None: ...
    def set_version_tag(self, name: str, version: int, key: str, value: str, *, user: str = "") -> None: ...
    def delete_version_tag(self, name: str, version: int, key: str, *, user: str = "") -> None: ...
    def search_versions(
        self,
        *,
        filter_string: str = "",
        max_results: int = 200_000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page[ModelVersion]: ...


class LocalRegistry(Registry, Protocol):
    """The registry of a store that this process opens itself."""

    def import_model(self, model: RegisteredModel, versions: Sequence[ModelVersion]) -> int:
        """Add a model and the versions, by their numbers, that are not here; how many versions."""
        ...

    def version_history(self, name: str, version: int) -> tuple[VersionChange, ...]:
        """What was done to a version, the oldest first."""
        ...


class LocalStore(Store, Protocol):
    """A store that this process opens itself, and so can serve: what the REST API needs beyond `Store`."""

    @property
    def registry(self) -> LocalRegistry: ...

    @property
    def database(self) -> "Database":
        """What the transactions of its calls are made on: calls of a thread inside one of its own share a commit."""
        ...

    def artifact_root(self) -> Artifacts:
        """The root that `mlflow-artifacts:/` stands for."""
        ...

    @property
    def artifact_root_uri(self) -> str:
        """The same as an absolute path or the URI of an object store."""
        ...

    def set_artifact_root(self, root: str) -> str:
        """Change the root, for good; gives it as it is kept. Files that are there already are not moved."""
        ...

    def metric_series(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Series:
        """What `metric_history` finds, as columns."""
        ...

    def metric_histories(self, run_ids: Sequence[str], key: str, *, max_results: int) -> tuple[Metric, ...]:
        """The first points of one metric of several runs, run by run, each point with its run."""
        ...

    def sampled_histories(
        self, run_ids: Sequence[str], key: str, *, max_results: int, steps: tuple[int, int] | None = None
    ) -> tuple[Metric, ...]:
        """Points of one metric, at most `max_results` of each run, evenly spread over its points by step.

        The last point of a run is always there, the first if two may be. `steps` are the first and the last to look at.
        """
        ...

    def metric_curves(
        self,
        run_ids: Sequence[str],
        key: str,
        *,
        points: int,
        axis: str = "step",
        between: tuple[int, int] | None = None,
        glimpse: int = 0,
    ) -> tuple[Curve, ...]:
        """One metric of several runs to draw, with about `points` points each, by `step` or by `timestamp`.

        Points that stand out are among them. A `glimpse` looks at so many moments instead, where there are more points
        than `points`: it is there at once, and may be empty.
        """
        ...

    def count_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
    ) -> int:
        """How many runs a search finds, without looking at them."""
        ...

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_string: str = "",
        view_type: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
        keys: RunKeys | None = None,
    ) -> Page[Run]:
        """With `keys` the runs have only those of their metrics, params and tags, and take a third of the time."""
        ...

    def column_names(self, experiment_ids: Sequence[str], *, newest: int) -> ColumnNames:
        """What the newest runs of some experiments, or of all if none is named, have to show."""
        ...

    def search_datasets(self, experiment_ids: Sequence[str]) -> tuple[DatasetSummary, ...]:
        """The data sets of the active runs of some experiments."""
        ...

    def move_run(self, run_id: str, experiment_id: str) -> None:
        """Move a run to another experiment. Its artifact URI stays as it is."""
        ...

    def import_experiment(self, experiment: Experiment) -> str:
        """Create an experiment by its name, stage, times and tags, or add what tags the one of that name lacks.

        Gives its id here.
        """
        ...

    def import_run(self, run: Run, points: Callable[[], Iterable[Metric]]) -> int:
        """Write a run as it is, with its id and all points, in the place of one with that id; how many points."""
        ...

    def import_logged_model(self, model: LoggedModel, stage: LifecycleStage) -> bool:
        """Write a logged model as it is, unless it is here; whether it was written."""
        ...

    def deleted_runs(self) -> tuple[str, ...]:
        """Ids of all deleted runs, the oldest first."""
        ...

    def deleted_experiments(self) -> tuple[str, ...]:
        """Ids of all deleted experiments but the default one."""
        ...

    def purge_run(self, run_id: str) -> None:
        """Remove a deleted run for good. Its artifacts are the caller's to remove, before this."""
        ...

    def purge_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment with its runs and models for good; the artifacts as for a run."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Group writes of this thread: all of them or none."""
        ...
