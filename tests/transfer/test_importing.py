"""Stores of genuine MLflow, brought in: nothing is lost, nothing comes twice."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from math import isnan
from pathlib import Path

import pytest

from mlproj.config import Settings
from mlproj.errors import SettingError, TrackingError, UsageError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import LifecycleStage, RunStatus, ViewType
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.transfers import find_files
from mlproj.transfer.importing import Import
from mlproj.transfer.opening import open_source
from mlproj.transfer.summary import Summary

Bring = Callable[..., Summary]
Everything = Callable[[Path], Mapping[str, list[tuple[object, ...]]]]
NAME = "ünï 💥 experiment"


@pytest.fixture(params=["mlflow.db", "mlruns"])
def source(request: pytest.FixtureRequest, theirs: Path) -> Path:
    return theirs / str(request.param)


def run_named(store: LocalStore, name: str) -> str:
    experiments = [item.experiment_id for item in store.search_experiments(view_type=ViewType.ALL).items]
    found = store.search_runs(experiments, view_type=ViewType.ALL).items
    return next(run.run_id for run in found if run.run_name == name)


def test_everything_comes_over(source: Path, bring: Bring, ours: LocalStore) -> None:
    summary = bring(source)
    assert summary.disagreements == []
    assert summary.notes == []
    assert (summary.experiments, summary.merged) == (2, 1)
    assert (summary.written, summary.present) == (5, 0)
    assert (summary.files, summary.datasets, summary.registered_models, summary.versions) == (2, 2, 1, 2)
    experiment = ours.get_experiment_by_name(NAME)
    assert experiment is not None
    assert dict(experiment.tags) == {"owner": "Ada", "why": "a\nb"}
    run = ours.get_run(run_named(ours, "main run"))
    assert run.experiment_id == experiment.experiment_id
    assert (run.status, run.start_time, run.end_time) == (RunStatus.FINISHED, 1_700_000_000_000, 1_700_000_090_000)
    assert run.user_id == "ada"
    assert dict(run.params) == {"alpha": "0.5", "a/b c": "$(rm) 'x' \"y\"\n💥"}
    assert run.tags["x y/z"] == "a\nb; DROP"
    assert isnan(run.metrics["val/acc"].value)
    assert [point.step for point in ours.metric_history(run.run_id, "loss").items][:41] == list(range(-1, 40))
    odd = [point.value for point in ours.metric_history(run.run_id, "odd").items]
    assert sorted(value for value in odd if not isnan(value)) == [
        -1.7976931348623157e308,
        0.0,
        1e-300,
        1.7976931348623157e308,
    ]
    (dataset,) = run.dataset_inputs
    assert (dataset.dataset.name, dataset.dataset.digest, dataset.dataset.schema) == ("train", "abc123", '{"s": 1}')
    assert dict(dataset.tags) == {"mlflow.data.context": "training"}
    assert run.artifact_uri == f"mlflow-artifacts:/{experiment.experiment_id}/{run.run_id}/artifacts"
    files = {info.path for info in find_files(ours.artifacts(run.run_id))}
    assert files == {"notes.txt", "model/de ep/ü.txt"}
    with ours.artifacts(run.run_id).open("model/de ep/ü.txt") as file:
        assert file.read() == b"deep"


def test_stages_and_families(source: Path, bring: Bring, ours: LocalStore) -> None:
    bring(source)
    child = ours.get_run(run_named(ours, "child"))
    assert child.status is RunStatus.FAILED
    assert child.tags["mlflow.parentRunId"] == run_named(ours, "main run")
    assert dict(child.dataset_inputs[0].tags) == {"mlflow.data.context": "testing"}
    assert ours.get_run(run_named(ours, "still running")).status is RunStatus.RUNNING
    assert ours.get_run(run_named(ours, "deleted")).lifecycle_stage is LifecycleStage.DELETED
    gone = ours.get_experiment_by_name("gone")
    assert gone is not None
    assert gone.lifecycle_stage is LifecycleStage.DELETED
    assert ours.get_run(run_named(ours, "in gone")).lifecycle_stage is LifecycleStage.DELETED


def test_registered_models(source: Path, bring: Bring, ours: LocalStore) -> None:
    bring(source)
    model = ours.registry.get_model("forest")
    assert (model.description, dict(model.tags), dict(model.aliases)) == ("trees", {"team": "a"}, {"champion": 3})
    first, third = ours.registry.get_version("forest", 1), ours.registry.get_version("forest", 3)
    assert (str(first.stage), first.description, dict(first.tags)) == ("Production", "v1", {"n": "1"})
    run = ours.get_run(run_named(ours, "main run"))
    assert third.run_id == run.run_id
    assert third.source == f"{run.artifact_uri}/model"
    assert ours.registry.create_version("forest", third.source, run_id=run.run_id).version == 4


def test_logged_models(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    summary = bring(theirs / "mlflow.db")
    if not summary.logged_models:
        return
    run = ours.get_run(run_named(ours, "main run"))
    (output,) = run.model_outputs
    model = ours.get_logged_model(output.model_id)
    assert output.step == 7
    assert (model.name, dict(model.params), dict(model.tags), model.model_type) == (
        "net",
        {"layers": "3"},
        {"t": "v"},
        "nn",
    )
    assert [(metric.key, metric.value, metric.run_id) for metric in model.metrics] == [("loss", 0.25, run.run_id)]


def test_a_second_import_changes_nothing(source: Path, bring: Bring, tmp_path: Path, everything: Everything) -> None:
    bring(source)
    before = everything(tmp_path / "home" / "mlproj.db")
    summary = bring(source)
    assert (summary.written, summary.present, summary.experiments, summary.files) == (0, 5, 0, 0)
    assert (summary.registered_models, summary.versions, summary.logged_models) == (0, 0, 0)
    assert everything(tmp_path / "home" / "mlproj.db") == before


def test_an_interrupted_import_goes_on(theirs: Path, settings: Settings, ours: LocalStore, bring: Bring) -> None:
    seen: list[str] = []

    def interrupt(run: object) -> None:
        seen.append(str(run))
        if len(seen) == 3:
            raise KeyboardInterrupt

    with closing(open_source(str(theirs / "mlflow.db"), settings=settings)) as opened, pytest.raises(KeyboardInterrupt):
        Import(opened, ours, on_run=interrupt).carry_out()
    summary = bring(theirs / "mlflow.db")
    assert (summary.written, summary.present) == (3, 2)
    assert summary.disagreements == []


def test_a_run_that_went_on_is_brought_up_to_date(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    bring(theirs / "mlflow.db")
    run_id = run_named(ours, "still running")
    with closing(sqlite3.connect(theirs / "mlflow.db")) as database:
        database.execute(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('m', 2, 2, ?, 1, 0)", (run_id,)
        )
        database.execute("UPDATE latest_metrics SET value = 2, timestamp = 2, step = 1 WHERE run_uuid = ?", (run_id,))
        database.commit()
    assert bring(theirs / "mlflow.db").written == 1
    assert ours.get_run(run_id).metrics["m"].value == 2
    with closing(sqlite3.connect(theirs / "mlflow.db")) as database:
        database.execute("UPDATE runs SET status = 'FINISHED', end_time = 9 WHERE run_uuid = ?", (run_id,))
        database.commit()
    assert bring(theirs / "mlflow.db").written == 1
    assert ours.get_run(run_id).end_time == 9
    assert bring(theirs / "mlflow.db").written == 0


def test_links_leave_files_where_they_are(source: Path, bring: Bring, ours: LocalStore, theirs: Path) -> None:
    summary = bring(source, link=True)
    assert (summary.files, summary.disagreements) == (0, [])
    run = ours.get_run(run_named(ours, "main run"))
    assert run.artifact_uri.startswith(str(theirs))
    with ours.artifacts(run.run_id).open("notes.txt") as file:
        assert file.read() == b"hello\n"
    assert ours.registry.get_version("forest", 3).location == f"{run.artifact_uri}/model"


def test_files_can_be_left_out_and_come_later(source: Path, bring: Bring, ours: LocalStore) -> None:
    assert bring(source, files=False).files == 0
    assert ours.artifacts(run_named(ours, "main run")).list() == ()
    summary = bring(source)
    assert (summary.written, summary.present, summary.files, summary.disagreements) == (0, 5, 2, [])
    assert [info.path for info in ours.artifacts(run_named(ours, "main run")).list()] == ["model", "notes.txt"]
    assert bring(source).files == 0


def test_a_database_whose_folder_was_moved(theirs: Path, bring: Bring, tmp_path: Path) -> None:
    theirs.rename(tmp_path / "moved")
    assert bring(tmp_path / "moved" / "mlflow.db").files == 2


def test_names_that_are_taken(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    taken = ours.create_experiment(NAME, tags={"owner": "me"})
    ours.create_run(taken, start_time=1)
    ours.delete_experiment(ours.create_experiment("gone"))
    assert (bring(theirs / "mlflow.db").experiments, ours.get_experiment(taken).tags["owner"]) == (0, "me")
    assert len(ours.search_runs([taken]).items) == 3
    assert ours.get_experiment(taken).tags["why"] == "a\nb"


def test_a_deleted_experiment_of_that_name_stays_deleted(
    theirs: Path, bring: Bring, ours: LocalStore, tmp_path: Path, everything: Everything
) -> None:
    number = ours.create_experiment(NAME)
    ours.delete_experiment(number)
    summary = bring(theirs / "mlflow.db")
    assert any("deleted here" in text for text in summary.notes)
    other = ours.get_experiment_by_name(f"{NAME} (imported)")
    assert other is not None
    assert len(ours.search_runs([other.experiment_id]).items) == 2
    before = everything(tmp_path / "home" / "mlproj.db")
    bring(theirs / "mlflow.db")
    assert everything(tmp_path / "home" / "mlproj.db") == before


def test_what_the_user_changed_since_stays(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    bring(theirs / "mlflow.db")
    run_id = run_named(ours, "main run")
    ours.set_tags(run_id, {"mine": "yes"})
    bring(theirs / "mlflow.db")
    assert ours.get_run(run_id).tags["mine"] == "yes"


def test_from_another_store_of_ours(
    theirs: Path, bring: Bring, ours: LocalStore, tmp_path: Path, settings: Settings
) -> None:
    """As a server is read: through the protocol of stores."""
    from mlproj.transfer.store_source import StoreSource

    bring(theirs / "mlflow.db")
    with closing(open_sqlite(tmp_path / "third" / "mlproj.db")) as third:
        source = StoreSource(ours, environ=settings.environ)
        summary = Import(source, third).carry_out()
        assert (summary.written, summary.files, summary.disagreements, summary.versions) == (5, 2, [], 2)
        run_id = run_named(third, "main run")
        here, there = third.get_run(run_id), ours.get_run(run_id)
        assert (here.params, here.tags, here.dataset_inputs) == (there.params, there.tags, there.dataset_inputs)
        assert repr(here.metrics) == repr(there.metrics)
        assert third.registry.get_model("forest").aliases == {"champion": 3}
        assert Import(source, third).carry_out().written == 0


def test_a_server(theirs: Path, bring: Bring, ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    from mlproj.server.embedded import EmbeddedServer

    bring(theirs / "mlflow.db")
    model = ours.create_logged_model("0", name="a/b", params={"p": "1"})
    ours.artifacts_at(model.artifact_uri).write("MLmodel", iter([b"x"]))
    ours.registry.create_version("forest", f"models:/{model.model_id}", model_id=model.model_id)
    ours.registry.create_model("a prompt", tags={"mlflow.prompt.is_prompt": "true"})
    child = run_named(ours, "still running")
    ours.log_inputs(child, models=[model.model_id])
    with EmbeddedServer(ours) as server, closing(open_sqlite(tmp_path / "third" / "mlproj.db")) as third:
        uri = server.url_for(run_named(ours, "main run"))
        with closing(open_source(uri, settings=settings)) as source:
            summary = Import(source, third).carry_out()
        assert (summary.written, summary.files, summary.disagreements) == (5, 3, [])
        run_id = run_named(third, "main run")
        assert repr(third.get_run(run_id).metrics) == repr(ours.get_run(run_id).metrics)
        assert third.get_run(child).model_inputs == (model.model_id,)
        assert dict(third.get_logged_model(model.model_id).params) == {"p": "1"}
        there, here = ours.registry.get_version("forest", 4), third.registry.get_version("forest", 4)
        assert (here.location, here.model_id) == (there.location, there.model_id)
        assert third.registry.get_model("forest").aliases == {"champion": 3}
        assert third.registry.get_model("a prompt").tags == {"mlflow.prompt.is_prompt": "true"}
        with closing(open_source(uri, settings=settings)) as source:
            assert Import(source, third).carry_out().written == 0


def test_a_server_whose_files_are_elsewhere(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    from mlproj.server.embedded import EmbeddedServer

    experiment = ours.create_experiment("far", artifact_location="/nowhere/at all")
    run_id = ours.create_run(experiment, start_time=1).run_id
    model = ours.create_logged_model(experiment, name="m")
    with (
        EmbeddedServer(ours) as server,
        closing(open_sqlite(tmp_path / "third" / "mlproj.db")) as third,
        closing(open_source(server.url_for(run_id), settings=settings)) as source,
    ):
        summary = Import(source, third).carry_out()
    assert (summary.written, summary.logged_models, summary.files) == (1, 1, 0)
    assert sorted(summary.notes) == [
        f"{uri} is not in reach of this machine: the files there are left out"
        for uri in sorted((model.artifact_uri, ours.get_run(run_id).artifact_uri))
    ]


def test_into_a_store_with_another_source_behind_a_server(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    with closing(sqlite3.connect(theirs / "mlflow.db")) as database:
        database.execute(
            "UPDATE runs SET artifact_uri = replace(artifact_uri, ?, 'mlflow-artifacts:')",
            (f"file://{theirs}/mlartifacts",),
        )
        database.commit()
    (theirs / "mlartifacts").rename(theirs / "elsewhere")
    with pytest.raises(SettingError, match="--artifacts"):
        bring(theirs / "mlflow.db")
    assert bring(theirs / "mlflow.db", artifacts=str(theirs / "elsewhere")).files == 2
    (theirs / "elsewhere").rename(theirs / "mlartifacts")


def test_damaged_files_are_left_out_with_a_note(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    (meta,) = [path for path in (theirs / "mlruns").rglob("meta.yaml") if "run_name: child" in path.read_text()]
    meta.write_text("{")
    (points,) = (theirs / "mlruns").rglob("metrics/loss")
    points.write_text(points.read_text() + "no point\n1 2\n")
    (theirs / "mlruns" / "not an experiment").mkdir()
    summary = bring(theirs / "mlruns")
    assert summary.written == 4
    assert summary.disagreements == []
    assert len(summary.notes) == 3
    assert any(str(meta) in text for text in summary.notes)


def test_points_that_come_twice_count_once(theirs: Path, bring: Bring) -> None:
    (points,) = (theirs / "mlruns").rglob("metrics/loss")
    points.write_text(points.read_text() * 2)
    summary = bring(theirs / "mlruns")
    assert (summary.disagreements, summary.points) == ([], 41 + 5 + 1 + 1)


def test_what_does_not_agree_is_said(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    with closing(sqlite3.connect(theirs / "mlflow.db")) as database:
        database.execute("DELETE FROM metrics WHERE key = 'loss'")
        database.commit()
    (said,) = bring(theirs / "mlflow.db").disagreements
    assert "3 metrics there, 2 here" in said


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none", None, "cannot be read"),
        ("x.db", b"SQLite format 3\0rubbish", "cannot be read"),
        ("x.txt", b"hello", "no line of JSON"),
        ("x.jsonl", b'{"kind": "other"}\n', "no file of exported runs"),
    ],
)
def test_sources_that_are_none(tmp_path: Path, settings: Settings, name: str, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises((TrackingError, UsageError, Exception), match=says) as caught:
        open_source(str(tmp_path / name), settings=settings)
    assert "\n" not in str(caught.value)


def test_databases_and_folders_that_are_not_mlflows(tmp_path: Path, settings: Settings, ours: LocalStore) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE x (y)")
    with pytest.raises(TrackingError, match="no database of MLflow"):
        open_source(f"sqlite:///{tmp_path}/other.db", settings=settings)
    with pytest.raises(TrackingError, match="no MLflow file store"):
        open_source(str(tmp_path), settings=settings)
    with pytest.raises(UsageError, match="already"):
        open_source(str(tmp_path / "home" / "mlproj.db"), settings=settings)
    with pytest.raises(SettingError, match="ftp://"):
        open_source("ftp://host/secret", settings=settings)
    with pytest.raises(TrackingError, match="cannot be reached") as caught:
        open_source("postgresql+psycopg2://me:hush@127.0.0.1:9/db?connect_timeout=1", settings=settings)
    assert "hush" not in str(caught.value)


def test_the_source_is_only_read(source: Path, bring: Bring) -> None:
    def state() -> Iterator[tuple[str, bytes]]:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file():
                yield str(path), path.read_bytes()

    before = list(state())
    bring(source)
    assert list(state()) == before
    shutil.rmtree(source.parent)


def test_models_that_a_folder_holds(theirs: Path, bring: Bring, ours: LocalStore) -> None:
    """As MLflow 3 lays them out."""
    (experiment,) = [path.parent for path in (theirs / "mlruns").glob("*/datasets")]
    (run,) = [path.parent.parent for path in experiment.glob("*/metrics/loss")]
    model = experiment / "models" / "m-0123456789abcdef0123456789abcdef"
    for folder in ("params", "tags", "artifacts", "metrics/val"):
        (model / folder).mkdir(parents=True)
    (model / "metrics" / "auc").write_text(f"5 0.5 3 {run.name}\n6 nan 4 {run.name} a data set abc\nno point\n")
    (model / "metrics" / "val" / "f 1").write_text(f"5 1 0 {run.name} d e\n5 1 0 {'f' * 32}\n")
    given = run / "inputs" / "i"
    given.mkdir(parents=True)
    (given / "meta.yaml").write_text(f"source_type: MODEL\nsource_id: {model.name}\ndestination_id: {model.name}\n")
    (model / "meta.yaml").write_text(
        f"model_id: {model.name}\nname: net\nartifact_location: /somewhere/{model.name}\nstatus: 2\n"
        f"creation_timestamp: 5\nlast_updated_timestamp: 6\nsource_run_id: {run.name}\nmodel_type: nn\n"
    )
    (model / "params" / "layers").write_text("3")
    (model / "artifacts" / "weights").write_text("w")
    (experiment / "models" / "m-broken").mkdir()
    output = run / "outputs" / "o"
    output.mkdir(parents=True)
    (output / "meta.yaml").write_text(
        f"source_type: RUN_OUTPUT\nsource_id: {run.name}\ndestination_type: MODEL_OUTPUT\n"
        f"destination_id: {model.name}\nstep: 4\n"
    )
    summary = bring(theirs / "mlruns")
    assert (summary.logged_models, summary.files) == (1, 3)
    found = ours.get_logged_model(model.name)
    assert (found.name, dict(found.params), str(found.status)) == ("net", {"layers": "3"}, "LOGGED_MODEL_READY")
    with ours.artifacts_at(found.artifact_uri).open("weights") as file:
        assert file.read() == b"w"
    points = [(point.key, point.step, point.dataset_name, point.dataset_digest) for point in found.metrics]
    assert points == [("auc", 3, None, None), ("auc", 4, "a data set", "abc"), ("val/f 1", 0, "d", "e")]
    (made,) = ours.get_run(run.name).model_outputs
    assert (made.model_id, made.step) == (model.name, 4)
    assert ours.get_run(run.name).model_inputs == (model.name,)
    assert any("no point of a model" in text for text in summary.notes)
    assert summary.disagreements == []


@pytest.mark.parametrize("uri", ["", "relative/place", "dbfs:/x", "s3://bucket/x"])
def test_artifact_uris_of_all_kinds(theirs: Path, bring: Bring, ours: LocalStore, uri: str) -> None:
    with closing(sqlite3.connect(theirs / "mlflow.db")) as database:
        database.execute("UPDATE runs SET artifact_uri = ?", (uri,))
        database.commit()
    (theirs / "relative" / "place").mkdir(parents=True)
    (theirs / "relative" / "place" / "x").write_text("x")
    if uri == "dbfs:/x":
        summary = bring(theirs / "mlflow.db")
        assert (summary.written, summary.files, len(summary.notes)) == (5, 0, 5)
        assert summary.notes[0] == "dbfs:/x is not in reach of this machine: the files there are left out"
        return
    if uri == "relative/place":
        assert bring(theirs / "mlflow.db").files == 5
        return
    bring(theirs / "mlflow.db", files=False, link=uri == "s3://bucket/x")
    linked = ours.get_run(run_named(ours, "main run")).artifact_uri
    assert (linked == uri) is (uri == "s3://bucket/x")
