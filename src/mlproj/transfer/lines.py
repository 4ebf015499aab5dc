"""Runs as a file of JSON lines: an experiment, then its runs, each followed by its points. No artifacts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mlproj.errors import UserError
from mlproj.tracking.artifact_uris import local_directory, open_artifacts
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    ModelOutput,
    ModelVersion,
    RegisteredModel,
    Run,
    RunStatus,
)
from mlproj.tracking.object_store_config import is_object_store
from mlproj.transfer.base import FoundModel

KIND = "mlproj-runs"
SCHEMA = 1
POINTS = 1000
Json = Mapping[str, Any]


def write_lines(store: Store, run_ids: Sequence[str]) -> Iterator[bytes]:
    """The lines of a file with some runs."""
    yield _line({"kind": KIND, "schema_version": SCHEMA})
    known: set[str] = set()
    for run_id in run_ids:
        run = store.get_run(run_id)
        if run.experiment_id not in known:
            known.add(run.experiment_id)
            yield _line({"kind": "experiment", **asdict(store.get_experiment(run.experiment_id))})
        yield _line({"kind": "run", **_run(run)})
        for key in run.metrics:
            token: str | None = None
            while True:
                page = store.metric_history(run_id, key, max_results=POINTS, page_token=token)
                points = [[point.timestamp, point.step, _number(point.value)] for point in page.items]
                yield _line({"kind": "points", "key": key, "points": points})
                if (token := page.next_page_token) is None:
                    break


class LinesFile:
    """A file of exported runs; the places of their lines are kept, not what they hold."""

    def __init__(self, path: Path, *, environ: Mapping[str, str]) -> None:
        self.uri = str(path)
        self.notes: list[str] = []
        self._environ = environ
        self._experiments: list[Experiment] = []
        self._runs: dict[str, list[tuple[str, int]]] = {}
        self._points: dict[str, list[int]] = {}
        self._file = path.open("rb")
        try:
            self._index()
        except BaseException:
            self._file.close()
            raise

    def experiments(self) -> Iterable[Experiment]:
        return self._experiments

    def runs(self, experiment_id: str) -> Iterator[Run]:
        for _, place in self._runs.get(experiment_id, ()):
            yield _read_run(self._at(place))

    def points(self, run: Run) -> Iterator[Metric]:
        for place in self._points.get(run.run_id, ()):
            line = self._at(place)
            for timestamp, step, value in line["points"]:
                yield Metric(key=line["key"], value=float(value), timestamp=timestamp, step=step)

    def artifacts(self, uri: str, *, run_id: str = "") -> Artifacts | None:
        """Files that are still where they were."""
        return None if self.link(uri) is None else open_artifacts(uri, environ=self._environ)

    def link(self, uri: str) -> str | None:
        return uri if is_object_store(uri) or local_directory(uri) is not None else None

    def logged_models(self, experiment_id: str) -> Iterable[FoundModel]:
        return ()

    def registered_models(self) -> Iterable[tuple[RegisteredModel, Sequence[ModelVersion]]]:
        return ()

    def close(self) -> None:
        self._file.close()

    def _index(self) -> None:
        head = self._next(1)
        if head is None or head.get("kind") != KIND:
            raise UserError("no file of exported runs", where=self.uri, hint="it is written by `mlproj export`")
        if head.get("schema_version", 0) > SCHEMA:
            raise UserError("the file was written by a newer mlproj", where=self.uri, hint="upgrade mlproj")
        run_id, number, place = "", 1, self._file.tell()
        while (line := self._next(number := number + 1)) is not None:
            try:
                if line["kind"] == "experiment":
                    self._experiments.append(_read_experiment(line))
                elif line["kind"] == "run":
                    run_id = _read_run(line).run_id
                    self._runs.setdefault(str(line["experiment_id"]), []).append((run_id, place))
                elif line["kind"] == "points":
                    self._points.setdefault(run_id, []).append(place)
            except (KeyError, TypeError, ValueError) as error:
                raise UserError(
                    f"no {line.get('kind', 'line')} of mlproj: {error!r} is wrong or missing",
                    where=f"{self.uri}:{number}",
                    hint="export again",
                ) from error
            place = self._file.tell()

    def _at(self, place: int) -> Json:
        self._file.seek(place)
        line = self._next(0)
        assert line is not None  # noqa: S101 - it was there a moment ago
        return line

    def _next(self, number: int) -> Json | None:
        text = self._file.readline()
        if not text.strip():
            return None
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            line = None
        if not isinstance(line, dict):
            raise UserError("no line of JSON", where=f"{self.uri}:{number}", hint="the file is cut, or no export")
        return line


def _line(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _number(value: float) -> float | str:
    """JSON has no NaN."""
    return "NaN" if value != value else value  # noqa: PLR0124 - only NaN differs from itself


def _run(run: Run) -> dict[str, Any]:
    """All of a run but its points, which follow it."""
    return asdict(replace(run, metrics={})) | {"metrics": len(run.metrics)}


def _read_experiment(line: Json) -> Experiment:
    return Experiment(
        experiment_id=str(line["experiment_id"]),
        name=str(line["name"]),
        artifact_location=str(line["artifact_location"]),
        lifecycle_stage=LifecycleStage(line["lifecycle_stage"]),
        creation_time=int(line["creation_time"]),
        last_update_time=int(line["last_update_time"]),
        tags=dict(line["tags"]),
    )


def _read_run(line: Json) -> Run:
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
