"""Files as pages ask for them: by run, by logged model, by version of a registered model."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Answer, Api

UPLOAD = "/ajax-api/2.0/mlflow/upload-artifact"


def _get(api: "Api", path: str, /, **query: str) -> "Answer":
    return api.send("GET", f"{path}?{urlencode(query)}")


def _upload(api: "Api", path: str, content: bytes) -> "Answer":
    return api.send("POST", f"{UPLOAD}?{urlencode({'run_uuid': api.run_id, 'path': path})}", content)


def test_a_file_goes_to_a_run_and_comes_back(api: "Api") -> None:
    assert _upload(api, "a b/ü.html", b"<b>x</b>").content == b"{}"
    answer = _get(api, "/get-artifact", run_uuid=api.run_id, path="a b/ü.html")
    assert (answer.status, answer.content) == (200, b"<b>x</b>")
    assert answer.headers["content-disposition"].startswith("attachment")
    part = api.send(
        "GET",
        f"/get-artifact?{urlencode({'run_id': api.run_id, 'path': 'a b/ü.html'})}",
        headers={"Range": "bytes=3-3"},
    )
    assert (part.status, part.content) == (206, b"x")
    assert _get(api, "/get-artifact", run_uuid=api.run_id, path="none").status == 404
    assert _get(api, "/get-artifact", run_uuid="none", path="x").status == 404


def test_uploads_that_make_no_sense(api: "Api") -> None:
    for path, content in (
        ("", b"x"),
        ("a/", b"x"),
        ("../x", b"x"),
        ("/etc/x", b"x"),
        ("a", b""),
        ("a", b"x" * (10 * 1024 * 1024 + 1)),
    ):
        answer = _upload(api, path, content)
        assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE"), path
    assert api.send("POST", f"{UPLOAD}?path=a", b"x").status == 400
    assert api.send("POST", f"{UPLOAD}?path=a&run_uuid=none", b"x").status == 404
    assert api.store.artifacts(api.run_id).list() == ()


def test_a_file_of_a_logged_model(api: "Api") -> None:
    model = api.store.create_logged_model(api.experiment_id, name="a")
    api.store.artifacts_at(model.artifact_uri).write("deep/MLmodel", iter([b"flavors"]))
    path = f"/ajax-api/2.0/mlflow/logged-models/{model.model_id}/artifacts/files"
    assert _get(api, path, artifact_file_path="deep/MLmodel").content == b"flavors"
    assert _get(api, path, artifact_file_path="deep").status == 400
    assert _get(api, path, artifact_file_path="../x").status == 400
    assert _get(api, path).status == 400
    assert _get(api, path.replace(model.model_id, "m-none"), artifact_file_path="x").status == 404


def test_a_file_of_a_version(api: "Api") -> None:
    _upload(api, "model/MLmodel", b"flavors")
    name = f"of run {api.run_id}"
    api.store.registry.create_model(name)
    for source in (f"runs:/{api.run_id}/model", f"{api.run().artifact_uri}/model"):
        api.store.registry.create_version(name, source, run_id=api.run_id)
    api.store.registry.create_version(name, "s3://bucket/model")
    path = "/model-versions/get-artifact"
    for version in ("1", "2"):
        assert _get(api, path, name=name, version=version, path="MLmodel").content == b"flavors"
    elsewhere = _get(api, path, name=name, version="3", path="MLmodel")
    assert (elsewhere.status, elsewhere.code) == (400, "INVALID_PARAMETER_VALUE")
    assert _get(api, path, name=name, version="4", path="MLmodel").status == 404
    assert _get(api, path, name=name, version="x", path="MLmodel").status == 400
    assert _get(api, path, name=name, version="1").status == 400


@pytest.mark.parametrize("location", ["/etc", "file:///etc", "s3://bucket", "hdfs://host/x"])
def test_files_outside_of_the_root_are_not_shown(api: "Api", location: str) -> None:
    experiment = api.store.create_experiment(f"{location} {api.run_id}", artifact_location=location)
    run = api.store.create_run(experiment, start_time=1)
    for answer in (
        _get(api, "/get-artifact", run_uuid=run.run_id, path="passwd"),
        api.get("artifacts/list", run_id=run.run_id),
    ):
        assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def linked_run(api: "Api", uri: str, run_id: str) -> str:
    """A run whose files stayed where they were when it was imported."""
    run = replace(api.run(), run_id=run_id, artifact_uri=uri)
    api.store.import_run(run, lambda: ())
    return run_id


def test_files_of_a_run_that_stayed_where_they_were(api: "Api", tmp_path: Path) -> None:
    run_id = secrets.token_hex(16)
    files = tmp_path / "old mlruns" / "0" / run_id / "artifacts"
    (files / "deep").mkdir(parents=True)
    (files / "deep" / "a b.txt").write_text("kept", encoding="utf-8")
    (files / "out").symlink_to(tmp_path)
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    linked_run(api, str(files), run_id)
    answer = _get(api, "/get-artifact", run_uuid=run_id, path="deep/a b.txt")
    assert (answer.status, answer.content) == (200, b"kept")
    listed = api.get("artifacts/list", run_id=run_id, path="deep").json
    assert [(file["path"], file["file_size"]) for file in listed["files"]] == [("deep/a b.txt", 4)]
    for path in ("../../x", "out/secret", "/etc/passwd", "%2e%2e/x"):
        assert _get(api, "/get-artifact", run_uuid=run_id, path=path).status == 400, path
    assert _get(api, "/get-artifact", run_uuid=run_id, path="deep/none").status == 404
    answer = api.send("POST", f"{UPLOAD}?{urlencode({'run_uuid': run_id, 'path': 'x'})}", b"x")
    assert answer.status == 400


@pytest.mark.parametrize(
    "location",
    ["/etc", "file:///etc#", "file:///etc?", "file:///etc%23/..", "/etc/../etc", "s3://bucket/x", "file:///etc"],
)
def test_a_client_cannot_choose_what_is_shown(api: "Api", location: str) -> None:
    made = api.post("experiments/create", name=f"e {location} {api.run_id}", artifact_location=location)
    if made.status == 400:  # some places are refused before anything is made
        assert made.code == "INVALID_PARAMETER_VALUE"
        return
    run = api.post("runs/create", experiment_id=made.json["experiment_id"]).json["run"]["info"]
    for path in ("passwd", "../passwd"):
        answer = _get(api, "/get-artifact", run_uuid=run["run_id"], path=path)
        assert answer.status == 400
        assert b"root:" not in answer.content


def test_places_that_are_not_a_run_s_own(api: "Api", tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "x").write_text("x", encoding="utf-8")
    run_id = linked_run(api, str(tmp_path / "artifacts"), secrets.token_hex(16))
    assert _get(api, "/get-artifact", run_uuid=run_id, path="x").status == 400
