"""An `mlruns` directory: a store of MLflow that is made of small files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlproj.errors import TrackingError
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
from mlproj.transfer.mlflow_database import DELETED_VERSION, MODEL_STATUSES

META = "meta.yaml"
MODEL_INPUTS = ("MODEL", "RUN_INPUT")
TRASH = ".trash"
REGISTRY = "models"
STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


class FileStore:
    """What cannot be read of it is left out, with a note."""

    def __init__(self, root: Path, *, artifacts: str | None, environ: Mapping[str, str]) -> None:
        self.uri = str(root)
        self.notes: list[str] = []
        self._root = root
        self._files = SourceFiles(root.parent, root=artifacts, environ=environ)
        self._folders: dict[str, Path] = {}
        self._runs: dict[str, Path] = {}
        self._places: dict[str, str] = {}

    def experiments(self) -> Iterator[Experiment]:
        for folder in (*_folders(self._root), *_folders(self._root / TRASH)):
            if folder.name in {TRASH, REGISTRY} or (meta := self._meta(folder)) is None:
                continue
            number = str(meta.get("experiment_id", folder.name))
            self._folders[number] = folder
            yield Experiment(
                experiment_id=number,
                name=str(meta["name"]),
                artifact_location=meta.get("artifact_location") or str(folder),
                lifecycle_stage=LifecycleStage.DELETED if folder.parent.name == TRASH else _stage(meta),
                creation_time=meta.get("creation_time") or 0,
                last_update_time=meta.get("last_update_time") or 0,
                tags=_texts(folder / "tags"),
            )

    def runs(self, experiment_id: str) -> Iterator[Run]:
        for folder in _folders(self._folders[experiment_id]):
            if folder.name in {"tags", "datasets", "models", "traces"} or (meta := self._meta(folder)) is None:
                continue
            tags = _texts(folder / "tags")
            run = Run(
                run_id=str(meta.get("run_id") or meta.get("run_uuid") or folder.name),
                run_name=meta.get("run_name") or tags.get("mlflow.runName", ""),
                experiment_id=experiment_id,
                user_id=meta.get("user_id") or "",
                status=RunStatus(STATUSES.get(meta.get("status", 3), "FINISHED")),
                start_time=meta.get("start_time") or 0,
                end_time=meta.get("end_time"),
                artifact_uri=self._place(folder, meta.get("artifact_uri")),
                lifecycle_stage=_stage(meta),
                params=_texts(folder / "params"),
                tags=tags,
                dataset_inputs=tuple(self._datasets(folder)),
                model_inputs=tuple(link["destination_id"] for link in self._links(folder / "inputs", *MODEL_INPUTS)),
                model_outputs=tuple(
                    ModelOutput(model_id=link["destination_id"], step=int(link.get("step") or 0))
                    for link in self._links(folder / "outputs", "RUN_OUTPUT")
                ),
            )
            self._runs[run.run_id] = folder
            yield run

    def points(self, run: Run) -> Iterator[Metric]:
        for key, where, line in self._point_lines(self._runs[run.run_id] / "metrics"):
            words = line.split()
            try:
                step = int(words[2]) if len(words) > 2 else 0  # noqa: PLR2004 - the first versions had no steps
                yield Metric(key=key, value=float(words[1]), timestamp=int(words[0]), step=step)
            except (ValueError, IndexError):
                self.notes.append(f"{where}: no point of a metric; it is left out")

    def _model_points(self, root: Path) -> Iterator[Metric]:
        """Lines of time, value, step, run and, where it was measured on a data set, its name and digest."""
        for key, where, line in self._point_lines(root):
            words = line.split()
            name, digest = " ".join(words[4:-1]), words[-1]
            try:
                yield Metric(
                    key=key,
                    value=float(words[1]),
                    timestamp=int(words[0]),
                    step=int(words[2]),
                    run_id=words[3],
                    dataset_name=name or None,
                    dataset_digest=digest if name else None,
                )
            except (ValueError, IndexError):
                self.notes.append(f"{where}: no point of a model; it is left out")

    def _point_lines(self, root: Path) -> Iterator[tuple[str, str, str]]:
        """The lines of the files of metrics, each with its key and where it is."""
        for file in _files(root):
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield file.relative_to(root).as_posix(), f"{file}:{number}", line

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        return self._files.at(self._places.get(uri, uri))

    def link(self, uri: str) -> str | None:
        return self._files.link(self._places.get(uri, uri))

    def logged_models(self, experiment_id: str) -> Iterator[FoundModel]:
        for folder in _folders(self._folders[experiment_id] / "models"):
            if (meta := self._meta(folder)) is None:
                continue
            status = MODEL_STATUSES.get(meta.get("status", 0), "STATUS_UNSPECIFIED")
            model = LoggedModel(
                model_id=str(meta.get("model_id", folder.name)),
                experiment_id=experiment_id,
                name=str(meta.get("name", "")),
                artifact_uri=self._place(folder, meta.get("artifact_location")),
                creation_timestamp_ms=meta.get("creation_timestamp") or 0,
                last_updated_timestamp_ms=meta.get("last_updated_timestamp") or 0,
                status=LoggedModelStatus(f"LOGGED_MODEL_{status}"),
                model_type=meta.get("model_type") or "",
                source_run_id=meta.get("source_run_id") or "",
                params=_texts(folder / "params"),
                tags=_texts(folder / "tags"),
                metrics=tuple(self._model_points(folder / "metrics")),
            )
            yield FoundModel(model=model, lifecycle_stage=_stage(meta))

    def registered_models(self) -> Iterator[tuple[RegisteredModel, Sequence[ModelVersion]]]:
        for folder in _folders(self._root / REGISTRY):
            if (meta := self._meta(folder)) is None:
                continue
            aliases = {alias: int(number) for alias, number in _texts(folder / "aliases").items()}
            model = RegisteredModel(
                name=str(meta["name"]),
                description=meta.get("description") or "",
                creation_timestamp=meta.get("creation_timestamp") or 0,
                last_updated_timestamp=meta.get("last_updated_timestamp") or 0,
                tags=_texts(folder / "tags"),
                aliases=aliases,
            )
            found = ((part, self._meta(part)) for part in _folders(folder) if part.name.startswith("version-"))
            versions = [
                _version(part, meta) for part, meta in found if meta and meta.get("current_stage") != DELETED_VERSION
            ]
            yield model, sorted(versions, key=lambda version: version.version)

    def close(self) -> None:
        """Nothing is open."""

    def _place(self, folder: Path, uri: str | None) -> str:
        """The artifact URI as it was written, kept with where the files are now: the folder may have been moved."""
        found = folder / "artifacts"
        known = uri or str(found)
        if found.is_dir():
            self._places[known] = str(found)
        return known

    def _datasets(self, run: Path) -> Iterator[DatasetInput]:
        for link in self._links(run / "inputs", "DATASET"):
            meta = self._meta(run.parent / "datasets" / str(link["source_id"]))
            if meta is not None:
                dataset = Dataset(
                    name=str(meta["name"]),
                    digest=str(meta["digest"]),
                    source_type=meta.get("source_type") or "",
                    source=meta.get("source") or "",
                    schema=meta.get("schema"),
                    profile=meta.get("profile"),
                )
                yield DatasetInput(dataset=dataset, tags=link.get("tags") or {})

    def _links(self, root: Path, *kinds: str) -> Iterator[Mapping[str, Any]]:
        for folder in _folders(root):
            meta = self._meta(folder)
            if meta is not None and meta.get("source_type") in kinds:
                yield meta

    def _meta(self, folder: Path) -> Mapping[str, Any] | None:
        import yaml

        file = folder / META
        try:
            meta = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
        except (OSError, yaml.YAMLError, UnicodeDecodeError):
            meta = None
        if isinstance(meta, dict):
            return meta
        self.notes.append(f"{file}: cannot be read; what it describes is left out")
        return None


def open_file_store(root: Path, *, artifacts: str | None, environ: Mapping[str, str]) -> FileStore:
    """TrackingError if the directory holds no experiment."""
    root = root.absolute()
    if not any(root.glob(f"*/{META}")) and not any(root.glob(f"{TRASH}/*/{META}")):
        raise TrackingError(
            "no MLflow file store", where=str(root), hint=f"it has no */{META}; name the `mlruns` folder"
        )
    return FileStore(root, artifacts=artifacts, environ=environ)


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else []


def _texts(root: Path) -> dict[str, str]:
    """The contents of small files by their paths: keys may have slashes."""
    return {
        file.relative_to(root).as_posix(): file.read_bytes().decode("utf-8", errors="replace") for file in _files(root)
    }


def _stage(meta: Mapping[str, Any]) -> LifecycleStage:
    return LifecycleStage(meta.get("lifecycle_stage") or "active")


def _version(folder: Path, meta: Mapping[str, Any]) -> ModelVersion:
    source = meta.get("source") or ""
    return ModelVersion(
        name=str(meta["name"]),
        version=int(meta["version"]),
        creation_timestamp=meta.get("creation_timestamp") or 0,
        last_updated_timestamp=meta.get("last_updated_timestamp") or 0,
        user_id=meta.get("user_id") or "",
        stage=Stage(meta.get("current_stage") or "None"),
        description=meta.get("description") or "",
        source=source,
        location=meta.get("storage_location") or source,
        run_id=meta.get("run_id") or "",
        run_link=meta.get("run_link") or "",
        model_id=meta.get("model_id") or logged_model_in(source),
        tags=_texts(folder / "tags"),
    )
