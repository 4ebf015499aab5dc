"""A genuine MLflow server, brought in through its REST API: all of it, once, also after being killed half way."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.config import Settings
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Metric, ModelOutput, Run, ViewType
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import open_rest
from mlproj.tracking.transfers import find_files
from mlproj.tracking.validation import storable
from mlproj.transfer.base import Source
from mlproj.transfer.opening import open_source
from mlproj.transfer.store_source import StoreSource
from mlproj.transfer.summary import Summary

if TYPE_CHECKING:
    from tests.conftest import Genuine

FILL = Path(__file__).parent / "sources" / "fill_server.py"
Require = Callable[[object, str], None]
Everything = Callable[[Path], Mapping[str, list[tuple[object, ...]]]]


@pytest.fixture
def filled(genuine: "Genuine") -> "Genuine":
    environ = {"PATH": os.defpath, "HOME": str(genuine.home), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [str(genuine.python), str(FILL), genuine.url], env=environ, cwd=genuine.home, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return genuine


def test_all_of_a_server_comes_over(
    filled: "Genuine", bring: Callable[..., Summary], ours: LocalStore, settings: Settings, everything: Everything
) -> None:
    database = Path(ours.uri.removeprefix("sqlite:///"))
    summary = bring(filled.url)
    assert (summary.disagreements, summary.notes) == ([], [])
    assert (summary.experiments, summary.merged, summary.written) == (3, 1, 45)
    assert (summary.logged_models, summary.registered_models, summary.versions) == (3, 4, 4)
    assert same(filled.url, ours, settings) == 45
    before = everything(database)
    again = bring(filled.url)
    assert (again.experiments, again.written, again.present, again.files) == (0, 0, 45, 0)
    assert (again.known_logged_models, again.known_registered_models, again.known_versions) == (3, 4, 4)
    assert everything(database) == before
    from_database = bring(filled.home / "mlflow.db", artifacts=str(filled.home / "artifacts"))
    assert (from_database.disagreements, from_database.written, from_database.logged_models) == ([], 0, 0)


def test_models_whose_files_only_the_server_sees(
    genuine: "Genuine", settings: Settings, ours: LocalStore, bring: Callable[..., Summary], require: Require
) -> None:
    """They are in a directory whose path leads nowhere for us: each process has a working directory of its own."""
    seen = "/proc/self/cwd"
    require(Path(seen).exists(), "/proc")
    with closing(open_rest(genuine.url, environ=settings.environ)) as there:
        experiment = there.create_experiment("kept there", artifact_location=f"{seen}/its files")
        run_id = there.create_run(experiment, start_time=1).run_id
        model, gone = (there.create_logged_model(experiment, name=name, source_run_id=run_id) for name in "mg")
        there.log_outputs(run_id, [ModelOutput(model_id=item.model_id, step=1) for item in (model, gone)])
        for uri in (there.get_run(run_id).artifact_uri, model.artifact_uri, gone.artifact_uri):
            place = genuine.home / uri.removeprefix(f"{seen}/") / "a b"
            place.mkdir(parents=True)
            (place / "100% ü.txt").write_text(uri)
            (place / "empty").touch()
        there.delete_logged_model(gone.model_id)
    summary = bring(genuine.url)
    assert (summary.logged_models, summary.files, summary.disagreements) == (2, 4, [])
    assert summary.notes == [f"{gone.artifact_uri} is not in reach of this machine: the files there are left out"]
    for uri in (ours.get_run(run_id).artifact_uri, ours.get_logged_model(model.model_id).artifact_uri):
        files = ours.artifacts_at(uri)
        assert [info.path for info in find_files(files)] == ["a b/100% ü.txt", "a b/empty"]
        with files.open("a b/100% ü.txt") as file:
            assert file.read().decode().startswith(seen)


def test_an_import_that_was_killed_goes_on(filled: "Genuine", settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "killed"
    command = [sys.executable, "-m", "mlproj", "import", filled.url, "--json"]
    environ = {"PATH": os.defpath, "MLPROJ_HOME": str(home)}
    kills = 0
    for enough in (3, 20, 41):
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and _count(home / "mlproj.db") < enough:
                time.sleep(0.01)
            process.kill()
            kills += process.wait() != 0
    assert kills >= 2
    assert 3 <= _count(home / "mlproj.db") <= 45
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with closing(open_sqlite(home / "mlproj.db")) as store:
        assert same(filled.url, store, settings) == 45
    assert list(home.rglob("*.part")) == []


def _count(database: Path) -> int:
    """How many runs are there."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])
    except sqlite3.Error:
        return 0


def same(url: str, store: LocalStore, settings: Settings) -> int:
    """Asserts that two stores hold the same, as told by their interfaces; how many runs."""
    with closing(open_source(url, settings=settings)) as theirs:
        ours = StoreSource(store, environ=settings.environ)
        there, here = dict(_experiments(theirs)), dict(_experiments(ours))
        assert there == here
        assert dict(_registry(theirs)) == dict(_registry(ours))
    found = [item.experiment_id for item in store.search_experiments(view_type=ViewType.ALL).items]
    return len(store.search_runs(found, view_type=ViewType.ALL).items)


def _experiments(source: Source) -> Iterator[tuple[str, object]]:
    for item in source.experiments():
        times = (item.creation_time, item.last_update_time) if item.experiment_id != "0" else ()
        runs = {run.run_id: _run(source, run) for run in source.runs(item.experiment_id)}
        models = {
            found.model.model_id: (
                (found.model.name, found.model.status, found.model.model_type, found.model.source_run_id),
                (found.model.creation_timestamp_ms, found.model.last_updated_timestamp_ms),
                (found.model.tags, found.model.params, found.lifecycle_stage),
                sorted(map(_point, found.model.metrics)),
                _files(source, found.model.artifact_uri, ""),
            )
            for found in source.logged_models(item.experiment_id)
        }
        yield item.name, (item.tags, item.lifecycle_stage, times, runs, models)


def _run(source: Source, run: Run) -> object:
    return (
        (run.run_name, run.user_id, run.status, run.lifecycle_stage, run.start_time, run.end_time),
        (run.params, run.tags, run.dataset_inputs, run.model_inputs, run.model_outputs),
        {key: _point(metric) for key, metric in run.metrics.items()},
        sorted(map(_point, source.points(run))),
        _files(source, run.artifact_uri, run.run_id),
    )


def _point(metric: Metric) -> tuple[object, ...]:
    origin = (metric.run_id or "", metric.model_id or "", metric.dataset_name or "", metric.dataset_digest or "")
    return (metric.key, metric.timestamp, metric.step, *storable(metric.value), *origin)


def _files(source: Source, uri: str, run_id: str) -> dict[str, bytes]:
    artifacts = source.artifacts(uri, run_id=run_id)
    assert artifacts is not None
    found = {}
    for info in find_files(artifacts):
        with artifacts.open(info.path) as file:
            found[info.path] = file.read()
    return found


def _registry(source: Source) -> Iterator[tuple[str, object]]:
    for model, versions in source.registered_models():
        yield (
            model.name,
            (
                (model.description, model.creation_timestamp, model.last_updated_timestamp),
                (model.tags, model.aliases),
                [
                    (
                        (item.version, item.stage, item.description, item.user_id, item.run_id, item.model_id),
                        (item.run_link, item.tags, item.creation_timestamp, item.last_updated_timestamp),
                        item.location.rpartition("artifacts")[2],
                    )
                    for item in versions
                ],
            ),
        )
