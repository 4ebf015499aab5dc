"""Logged models whose names have slashes, found below their run as scripts of MLflow 2 expect."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.conftest import Api

LIST = "/api/2.0/mlflow-artifacts/artifacts?path="


def _model(api: "Api", name: str, content: bytes) -> None:
    model = api.store.create_logged_model(api.experiment_id, name=name, source_run_id=api.run_id)
    api.store.artifacts_at(model.artifact_uri).write("data/MLmodel", iter([content]))


def test_a_model_is_found_at_the_path_that_is_its_name(api: "Api") -> None:
    root = api.run().artifact_uri.removeprefix("mlflow-artifacts:/")
    _model(api, "models/deep/final", b"flavors")
    listed = api.send("GET", f"{LIST}{root}/models/deep/final").json
    assert listed == {"files": [{"path": "data", "is_dir": True}]}
    assert api.send("GET", f"{LIST}{root}/models/deep/final/data").json["files"][0]["path"] == "MLmodel"
    assert api.file("GET", f"{root}/models/deep/final/data/MLmodel").content == b"flavors"
    assert api.file("GET", f"{root}/models/deep/final/none").status == 404


def test_the_newest_of_several_counts_and_files_of_the_run_come_first(api: "Api") -> None:
    root = api.run().artifact_uri.removeprefix("mlflow-artifacts:/")
    _model(api, "models/final", b"old")
    _model(api, "models/final", b"new")
    assert api.file("GET", f"{root}/models/final/data/MLmodel").content in {b"old", b"new"}
    api.file("PUT", f"{root}/models/final/data/MLmodel", b"of the run")
    assert api.file("GET", f"{root}/models/final/data/MLmodel").content == b"of the run"


def test_paths_that_lead_to_no_model(api: "Api") -> None:
    root = api.run().artifact_uri.removeprefix("mlflow-artifacts:/")
    _model(api, "models/final", b"flavors")
    for path in (f"{root}/models", f"{root}/o'hara/final", "artifacts/models/final", "0/none/artifacts/models/final"):
        assert api.send("GET", f"{LIST}{path}").content == b"{}"
        assert api.file("GET", f"{path}/MLmodel").status == 404
    other = api.store.create_run(api.experiment_id, start_time=1).artifact_uri.removeprefix("mlflow-artifacts:/")
    assert api.file("GET", f"{other}/models/final/data/MLmodel").status == 404
    moved = api.store.create_experiment(f"elsewhere {api.run_id}", artifact_location="mlflow-artifacts:/elsewhere")
    run = api.store.create_run(moved, start_time=1)
    assert api.file("GET", f"{moved}/{run.run_id}/artifacts/models/final/x").status == 404
