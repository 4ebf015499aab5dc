"""Runs as a file of JSON lines: an experiment, then its runs, each followed by its points and its logged models.

The last line says how many there are, so that a file that was cut is known. There are no artifacts.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from mlproj.errors import UserError
from mlproj.tracking.artifact_uris import local_directory, open_artifacts
from mlproj.tracking.base import Artifacts, Store
from mlproj.tracking.entities import Experiment, LoggedModel, Metric, ModelVersion, RegisteredModel, Run
from mlproj.tracking.object_store_config import is_object_store
from mlproj.transfer.base import FoundModel
from mlproj.transfer.line_records import Json, number, read_experiment, read_model, read_run, write_model, write_run
from mlproj.transfer.store_source import models_of

KIND = "mlproj-runs"
SCHEMA = 1
POINTS = 1000


def write_lines(
    store: Store, run_ids: Sequence[str], *, tags: Mapping[str, str] = MappingProxyType({})
) -> Iterator[bytes]:
    """The lines of a file with some runs; `tags` stand in for those of the same keys that a run has."""
    count = 0
    for value in _values(store, run_ids, tags):
        count += 1
        yield _line(value)
    yield _line({"kind": "end", "lines": count})


def _values(store: Store, run_ids: Sequence[str], tags: Mapping[str, str]) -> Iterator[Json]:
    yield {"kind": KIND, "schema_version": SCHEMA}
    known: set[str] = set()
    models: set[str] = set()
    for run_id in run_ids:
        run = store.get_run(run_id)
        yield from _experiment(store, run.experiment_id, known)
        told = {key: tags.get(key, value) for key, value in run.tags.items()}
        yield {"kind": "run", **write_run(replace(run, tags=told))}
        for key in run.metrics:
            yield from _points(store, run_id, key)
        for model in models_of(store, run):
            if model.model_id not in models:
                models.add(model.model_id)
                yield from _experiment(store, model.experiment_id, known)
                yield {"kind": "model", **write_model(model)}


def _experiment(store: Store, number: str, known: set[str]) -> Iterator[Json]:
    if number not in known:
        known.add(number)
        yield {"kind": "experiment", **asdict(store.get_experiment(number))}


def _points(store: Store, run_id: str, key: str) -> Iterator[Json]:
    token: str | None = None
    while True:
        page = store.metric_history(run_id, key, max_results=POINTS, page_token=token)
        points = [[point.timestamp, point.step, number(point.value)] for point in page.items]
        yield {"kind": "points", "key": key, "points": points}
        if (token := page.next_page_token) is None:
            return


class LinesFile:
    """A file of exported runs; the places of their lines are kept, not what they hold."""

    def __init__(self, path: Path, *, environ: Mapping[str, str], uri: str | None = None) -> None:
        self.uri = uri or str(path)
        self.notes: list[str] = []
        self._environ = environ
        self._experiments: list[Experiment] = []
        self._runs: dict[str, list[tuple[str, int]]] = {}
        self._points: dict[str, list[int]] = {}
        self._models: dict[str, list[LoggedModel]] = {}
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
            yield read_run(self._at(place))

    def points(self, run: Run) -> Iterator[Metric]:
        for place in self._points.get(run.run_id, ()):
            line = self._at(place)
            for timestamp, step, value in line["points"]:
                yield Metric(key=line["key"], value=float(value), timestamp=timestamp, step=step)

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        """Files that are still where they were."""
        return None if self.link(uri) is None else open_artifacts(uri, environ=self._environ)

    def link(self, uri: str) -> str | None:
        return uri if is_object_store(uri) or local_directory(uri) is not None else None

    def logged_models(self, experiment_id: str) -> Iterable[FoundModel]:
        return [FoundModel(model=model) for model in self._models.get(experiment_id, ())]

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
        run_id, number, place, last = "", 1, self._file.tell(), head
        while (line := self._next(number := number + 1)) is not None:
            try:
                run_id = self._note(line, place, run_id)
            except (KeyError, TypeError, ValueError) as error:
                raise UserError(
                    f"no {line.get('kind', 'line')} of mlproj: {error!r} is wrong or missing",
                    where=f"{self.uri}:{number}",
                    hint="export again",
                ) from error
            place, last = self._file.tell(), line
        if last["kind"] != "end" or last.get("lines") != number - 2:
            raise UserError("the end of the file is missing", where=self.uri, hint="export again")

    def _note(self, line: Json, place: int, run_id: str) -> str:
        """Keep what a line says, or where it is; the run that the next points belong to."""
        match line["kind"]:
            case "experiment":
                self._experiments.append(read_experiment(line))
            case "run":
                run_id = read_run(line).run_id
                self._runs.setdefault(str(line["experiment_id"]), []).append((run_id, place))
            case "points":
                self._points.setdefault(run_id, []).append(place)
            case "model":
                model = read_model(line)
                self._models.setdefault(model.experiment_id, []).append(model)
            case _:
                pass  # the end, or what a later version writes
        return run_id

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
