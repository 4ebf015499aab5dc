from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Api


def _create(api: "Api", **more: Any) -> Any:
    answer = api.post("logged-models", experiment_id=api.experiment_id, source_run_id=api.run_id, **more)
    assert answer.status == 200, answer.content
    return answer.json["model"]


def test_the_life_of_a_model(api: "Api") -> None:
    created = _create(api, name="models/final", params=[{"key": "p", "value": "1"}], tags=[{"key": "t", "value": "2"}])
    info = created["info"]
    model_id = info["model_id"]
    assert info["artifact_uri"] == f"mlflow-artifacts:/{api.experiment_id}/models/{model_id}/artifacts"
    assert info["name"] == "models/final"
    assert (info["status"], info["source_run_id"]) == ("LOGGED_MODEL_PENDING", api.run_id)
    assert created["data"]["params"] == [{"key": "p", "value": "1"}]
    path = f"logged-models/{model_id}"
    assert api.post(path, "PATCH", model_id=model_id, status=2).json["model"]["info"]["status"] == "LOGGED_MODEL_READY"
    tagged = api.post(f"{path}/tags", "PATCH", tags=[{"key": "t", "value": "3"}, {"key": "a/b", "value": ""}])
    assert tagged.status == 200
    assert api.post(f"{path}/tags/a%2Fb", "DELETE").content == b"{}"
    assert api.send("DELETE", f"/api/2.0/mlflow/{path}/tags/none").status == 404
    assert api.post(f"{path}/params", params=[{"key": "q", "value": "4"}]).content == b"{}"
    read = api.get(path).json["model"]
    assert read["info"]["tags"] == [{"key": "t", "value": "3"}]
    assert {param["key"] for param in read["data"]["params"]} == {"p", "q"}
    assert api.send("DELETE", f"/api/2.0/mlflow/{path}").content == b"{}"
    assert api.get(path).status == 404


def test_search(api: "Api") -> None:
    ids = [_create(api, name=name)["info"]["model_id"] for name in ("a", "b", "c")]
    asked = {"experiment_ids": [api.experiment_id], "filter": "name != 'b'", "max_results": 1}
    order = [{"field_name": "name", "ascending": False}]
    first = api.post("logged-models/search", **asked, order_by=order).json
    second = api.post("logged-models/search", **asked, order_by=order, page_token=first["next_page_token"]).json
    found = [model["info"]["model_id"] for page in (first, second) for model in page["models"]]
    assert found == [ids[2], ids[0]]
    assert api.post("logged-models/search", experiment_ids=["999999"]).content == b"{}"
    assert api.post("logged-models/search", experiment_ids=[]).content == b"{}"
    assert "'experiment_ids'" in api.post("logged-models/search").message


@pytest.mark.parametrize(
    "wrong",
    [
        {"filter": "nonsense"},
        {"max_results": 0},
        {"order_by": ["name"]},
        {"order_by": [{"field_name": "nonsense"}]},
        {"order_by": [{"field_name": 5}]},
        {"datasets": [{"dataset_digest": "d"}]},
        {"datasets": ["d"]},
        {"page_token": "?"},
    ],
)
def test_searches_that_make_no_sense(api: "Api", wrong: dict[str, Any]) -> None:
    answer = api.post("logged-models/search", experiment_ids=[api.experiment_id], **wrong)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def test_a_search_by_what_was_measured_on_a_data_set(api: "Api") -> None:
    ids = [_create(api, name=name)["info"]["model_id"] for name in ("a", "b")]
    for model_id, value, dataset in ((ids[0], 0.9, "train"), (ids[0], 0.5, "test"), (ids[1], 0.8, "test")):
        body = {"key": "auc", "value": value, "timestamp": 1, "model_id": model_id}
        api.post("runs/log-metric", run_id=api.run_id, **body, dataset_name=dataset, dataset_digest="d1")
    for datasets, found in (
        ([], {ids[0], ids[1]}),
        ([{"dataset_name": "test"}], {ids[1]}),
        ([{"dataset_name": "train", "dataset_digest": "d1"}], {ids[0]}),
        ([{"dataset_name": "train", "dataset_digest": "d2"}], set()),
        ([{"dataset_name": "train"}, {"dataset_name": "test"}], {ids[0], ids[1]}),
    ):
        answer = api.post(
            "logged-models/search",
            experiment_ids=[api.experiment_id],
            filter="metrics.auc > 0.7",
            datasets=datasets,
        )
        assert {model["info"]["model_id"] for model in answer.json.get("models", [])} == found


def test_deleted_models_are_there_for_those_who_ask(api: "Api") -> None:
    model_id = _create(api, name="a")["info"]["model_id"]
    api.send("DELETE", f"/api/2.0/mlflow/logged-models/{model_id}")
    assert api.get(f"logged-models/{model_id}", allow_deleted="true").json["model"]["info"]["model_id"] == model_id


def test_what_is_refused(api: "Api") -> None:
    assert api.post("logged-models").status == 400
    assert api.post("logged-models", experiment_id="999999", name="a").status == 404
    assert api.post("logged-models", experiment_id=api.experiment_id, name="a:b").status == 400
    assert api.get("logged-models/m-nothing").status == 404
    model_id = _create(api, name="a")["info"]["model_id"]
    assert api.post(f"logged-models/{model_id}", "PATCH", status="DONE").status == 400


def test_files_of_a_model(api: "Api") -> None:
    info = _create(api, name="a")["info"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    api.file("PUT", f"{root}/deep/MLmodel", b"x")
    path = f"logged-models/{info['model_id']}/artifacts/directories"
    assert api.get(path).json == {"root_uri": info["artifact_uri"], "files": [{"path": "deep", "is_dir": True}]}
    listed = api.get(path, artifact_directory_path="deep").json
    assert listed["files"] == [{"path": "deep/MLmodel", "is_dir": False, "file_size": 1}]
