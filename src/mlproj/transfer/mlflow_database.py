"""A database of MLflow, of its versions 2 and 3: SQLite, or PostgreSQL where psycopg is."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlproj.errors import SettingError, TrackingError
from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    ModelVersion,
    RegisteredModel,
    Run,
    RunStatus,
    Stage,
)
from mlproj.tracking.registry_sources import logged_model_in
from mlproj.transfer.base import FoundModel
from mlproj.transfer.files import SourceFiles

Record = Mapping[str, Any]
NEEDED = frozenset({"alembic_version", "experiments", "runs", "metrics", "params", "tags"})
DELETED_VERSION = "Deleted_Internal"
MODEL_STATUSES = {1: "PENDING", 2: "READY", 3: "UPLOAD_FAILED"}


class MlflowDatabase:
    """`files` finds artifacts. The database is only read."""

    def __init__(
        self, connection: Any, *, uri: str, mark: str, files: SourceFiles, faults: type[Exception] = sqlite3.Error
    ) -> None:
        self.uri = uri
        self.notes: list[str] = []
        self._connection = connection
        self._mark = mark
        self._faults = faults
        self._files = files
        self._tables = self._all_tables()
        if missing := NEEDED - self._tables:
            raise TrackingError(
                "no database of MLflow 2 or 3", where=uri, hint=f"it has no table {', '.join(sorted(missing))}"
            )

    def experiments(self) -> Iterator[Experiment]:
        for row in self._select("experiments", order="experiment_id"):
            tags = self._select("experiment_tags", "experiment_id", row["experiment_id"])
            yield Experiment(
                experiment_id=str(row["experiment_id"]),
                name=row["name"],
                artifact_location=row["artifact_location"] or "",
                lifecycle_stage=LifecycleStage(row["lifecycle_stage"] or "active"),
                creation_time=row.get("creation_time") or 0,
                last_update_time=row.get("last_update_time") or 0,
                tags=_texts(tags),
            )

    def runs(self, experiment_id: str) -> Iterator[Run]:
        for row in list(self._select("runs", "experiment_id", int(experiment_id), order="start_time, run_uuid")):
            run_id = row["run_uuid"]
            tags = _texts(self._select("tags", "run_uuid", run_id))
            latest = {row["key"]: _metric(row) for row in self._select("latest_metrics", "run_uuid", run_id)}
            yield Run(
                run_id=run_id,
                run_name=row.get("name") or tags.get("mlflow.runName", ""),
                experiment_id=experiment_id,
                user_id=row["user_id"] or "",
                status=RunStatus(row["status"] or "FINISHED"),
                start_time=row["start_time"] or 0,
                end_time=row["end_time"],
                artifact_uri=row["artifact_uri"] or "",
                lifecycle_stage=LifecycleStage(row["lifecycle_stage"] or "active"),
                params=_texts(self._select("params", "run_uuid", run_id)),
                tags=tags,
                metrics=latest,
                dataset_inputs=tuple(self._datasets(run_id)),
                model_inputs=tuple(
                    row["destination_id"] for row in self._linked("RUN_INPUT", run_id) if row["destination_id"]
                ),
                model_outputs=tuple(
                    ModelOutput(model_id=row["destination_id"], step=row.get("step") or 0)
                    for row in self._linked("RUN_OUTPUT", run_id)
                ),
            )

    def points(self, run: Run) -> Iterator[Metric]:
        for row in self._select("metrics", "run_uuid", run.run_id, order="key, timestamp, step"):
            yield _metric(row)

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        return self._files.at(uri)

    def link(self, uri: str) -> str | None:
        return self._files.link(uri)

    def logged_models(self, experiment_id: str) -> Iterator[FoundModel]:
        for row in list(self._select("logged_models", "experiment_id", int(experiment_id))):
            model_id = row["model_id"]
            params = self._select("logged_model_params", "model_id", model_id)
            tags = self._select("logged_model_tags", "model_id", model_id)
            metrics = self._select("logged_model_metrics", "model_id", model_id)
            model = LoggedModel(
                model_id=model_id,
                experiment_id=experiment_id,
                name=row["name"],
                artifact_uri=row["artifact_location"],
                creation_timestamp_ms=row["creation_timestamp_ms"],
                last_updated_timestamp_ms=row["last_updated_timestamp_ms"],
                status=LoggedModelStatus(f"LOGGED_MODEL_{MODEL_STATUSES.get(row['status'], 'STATUS_UNSPECIFIED')}"),
                model_type=row["model_type"] or "",
                source_run_id=row["source_run_id"] or "",
                params={row["param_key"]: row["param_value"] for row in params},
                tags={row["tag_key"]: row["tag_value"] for row in tags},
                metrics=tuple(_model_metric(row) for row in metrics),
            )
            yield FoundModel(model=model, lifecycle_stage=LifecycleStage(row["lifecycle_stage"] or "active"))

    def registered_models(self) -> Iterator[tuple[RegisteredModel, Sequence[ModelVersion]]]:
        for row in list(self._select("registered_models", order="name")):
            name = row["name"]
            aliases = self._select("registered_model_aliases", "name", name)
            tags: dict[int, dict[str, str]] = {}
            for tag in self._select("model_version_tags", "name", name):
                tags.setdefault(int(tag["version"]), {})[tag["key"]] = tag["value"] or ""
            versions = list(self._select("model_versions", "name", name, order="version"))
            model = RegisteredModel(
                name=name,
                description=row.get("description") or "",
                creation_timestamp=row["creation_time"] or 0,
                last_updated_timestamp=row["last_updated_time"] or 0,
                tags=_texts(self._select("registered_model_tags", "name", name)),
                aliases={row["alias"]: int(row["version"]) for row in aliases},
            )
            kept = [_version(version, tags) for version in versions if version["current_stage"] != DELETED_VERSION]
            yield model, kept

    def close(self) -> None:
        self._connection.close()

    def _datasets(self, run_id: str) -> Iterator[DatasetInput]:
        for row in list(self._select("inputs", "destination_id", run_id)):
            if (row["source_type"], row["destination_type"]) != ("DATASET", "RUN"):
                continue
            tags = self._select("input_tags", "input_uuid", row["input_uuid"])
            for found in list(self._select("datasets", "dataset_uuid", row["source_id"])):
                dataset = Dataset(
                    name=found["name"],
                    digest=found["digest"],
                    source_type=found["dataset_source_type"],
                    source=found["dataset_source"],
                    schema=found["dataset_schema"],
                    profile=found["dataset_profile"],
                )
                yield DatasetInput(dataset=dataset, tags={row["name"]: row["value"] for row in tags})

    def _linked(self, kind: str, run_id: str) -> list[Record]:
        return [row for row in self._select("inputs", "source_id", run_id) if row["source_type"] == kind]

    def _all_tables(self) -> frozenset[str]:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if self._mark != "?":
            query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))"
        with _translated(self.uri, self._faults):
            return frozenset(row[0] for row in self._connection.execute(query))

    def _select(self, table: str, column: str = "", value: object = None, *, order: str = "") -> Iterator[Record]:
        """Rows as they are, whatever columns the version of the schema has; none from a table that it lacks."""
        if table not in self._tables:
            return
        where = f" WHERE {column} = {self._mark}" if column else ""
        query = f"SELECT * FROM {table}{where}" + (f" ORDER BY {order}" if order else "")  # noqa: S608 - names of ours
        with _translated(self.uri, self._faults):
            cursor = self._connection.execute(query, (value,) if column else ())
            names = [item[0] for item in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))


def open_mlflow_sqlite(path: Path, *, artifacts: str | None, environ: Mapping[str, str]) -> MlflowDatabase:
    """Open an MLflow SQLite file without writing to it. TrackingError if it is none."""
    path = path.absolute()
    uri = f"file:{quote(str(path))}?mode=ro"
    with _translated(str(path)):
        connection = sqlite3.connect(uri, uri=True, timeout=60)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    files = SourceFiles(path.parent, root=artifacts, environ=environ)
    try:
        return MlflowDatabase(connection, uri=str(path), mark="?", files=files)
    except BaseException:
        connection.close()
        raise


def open_mlflow_postgresql(uri: str, *, artifacts: str | None, environ: Mapping[str, str]) -> MlflowDatabase:
    """Connect to an MLflow PostgreSQL database, for reading only."""
    try:
        import psycopg
    except ImportError as error:
        raise SettingError(
            "a PostgreSQL database needs the extra `postgresql`", hint="pip install 'mlproj[postgresql]'"
        ) from error
    scheme, _, rest = uri.partition("://")
    shown = f"{scheme.partition('+')[0]}://{rest.rpartition('@')[2].partition('?')[0]}"
    try:
        connection = psycopg.connect(
            f"postgresql://{rest}", autocommit=True, options="-c default_transaction_read_only=on"
        )
    except psycopg.Error as error:
        raise TrackingError(
            "the database cannot be reached", where=shown, hint="check host, name, user and password"
        ) from error
    files = SourceFiles(None, root=artifacts, environ=environ)
    try:
        return MlflowDatabase(connection, uri=shown, mark="%s", files=files, faults=psycopg.Error)
    except BaseException:
        connection.close()
        raise


@contextmanager
def _translated(where: str, faults: type[Exception] = sqlite3.Error) -> Iterator[None]:
    try:
        yield
    except faults as error:
        raise TrackingError(f"the database cannot be read: {error}", where=where) from error


def _texts(rows: Iterable[Record]) -> dict[str, str]:
    return {row["key"]: row["value"] or "" for row in rows}


def _metric(row: Record) -> Metric:
    return Metric(
        key=row["key"],
        value=float("nan") if row.get("is_nan") else row["value"],
        timestamp=row["timestamp"],
        step=row.get("step") or 0,
    )


def _model_metric(row: Record) -> Metric:
    return Metric(
        key=row["metric_name"],
        value=float("nan") if row["metric_value"] is None else row["metric_value"],
        timestamp=row["metric_timestamp_ms"],
        step=row["metric_step"],
        run_id=row["run_id"],
        dataset_name=row["dataset_name"],
        dataset_digest=row["dataset_digest"],
    )


def _version(row: Record, tags: Mapping[int, Mapping[str, str]]) -> ModelVersion:
    number = int(row["version"])
    source = row["source"] or ""
    return ModelVersion(
        name=row["name"],
        version=number,
        creation_timestamp=row["creation_time"] or 0,
        last_updated_timestamp=row["last_updated_time"] or 0,
        user_id=row["user_id"] or "",
        stage=Stage(row["current_stage"] or "None"),
        description=row["description"] or "",
        source=source,
        location=row.get("storage_location") or source,
        run_id=row["run_id"] or "",
        run_link=row.get("run_link") or "",
        model_id=logged_model_in(source),
        tags=dict(tags.get(number, {})),
    )
