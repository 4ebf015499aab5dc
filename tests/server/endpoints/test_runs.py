import json
from typing import TYPE_CHECKING, Any

import pytest

from mlproj.tracking.entities import LifecycleStage, RunStatus

if TYPE_CHECKING:
    from tests.server.conftest import Api


def _create(api: "Api", **more: Any) -> Any:
    answer = api.post("runs/create", experiment_id=api.experiment_id, **more)
    assert answer.status == 200, answer.content
    return answer.json["run"]


MODEL = '{"run_id": "r", "artifact_path": "m", "utc_time_created": "2026-01-01 00:00:00", "flavors": {}}'


def test_create(api: "Api") -> None:
    run = _create(api, run_name="ü 🎉", user_id="ada", start_time=5, tags=[{"key": "a", "value": "b"}])
    run_id = run["info"]["run_id"]
    assert run["info"] == {
        "run_id": run_id,
        "run_uuid": run_id,
        "run_name": "ü 🎉",
        "experiment_id": api.experiment_id,
        "user_id": "ada",
        "status": "RUNNING",
        "start_time": 5,
        "artifact_uri": f"mlflow-artifacts:/{api.experiment_id}/{run_id}/artifacts",
        "lifecycle_stage": "active",
    }
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert tags == {"a": "b", "mlflow.runName": "ü 🎉", "mlflow.parentRunId": api.run_id}
    assert (run["inputs"], run["outputs"], run["data"].keys()) == ({}, {}, {"tags"})


def test_create_without_anything(api: "Api") -> None:
    info = _create(api)["info"]
    assert info["run_name"]
    assert info["user_id"] == ""
    assert info["start_time"] > 1_700_000_000_000


def test_a_parent_that_is_given_stays(api: "Api") -> None:
    run = _create(api, tags=[{"key": "mlflow.parentRunId", "value": "somebody"}])
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert tags["mlflow.parentRunId"] == "somebody"


def test_create_refuses(api: "Api") -> None:
    both = {"run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]}
    assert api.post("runs/create", experiment_id=api.experiment_id, **both).status == 400
    assert api.post("runs/create", experiment_id="999999").status == 404
    assert api.post("runs/create", experiment_id=api.experiment_id, tags="a").status == 400
    assert api.post("runs/create", experiment_id=api.experiment_id, tags=[5]).status == 400
    api.store.delete_experiment(api.experiment_id)
    assert api.post("runs/create", experiment_id=api.experiment_id).status == 400


def test_update(api: "Api") -> None:
    answer = api.post("runs/update", run_uuid=api.run_id, status=3, end_time="7", run_name="new").json
    assert answer["run_info"].items() >= {"status": "FINISHED", "end_time": 7, "run_name": "new"}.items()
    assert api.run().tags["mlflow.runName"] == "new"
    assert api.post("runs/update", run_id=api.run_id, status="RUNNING").json["run_info"]["status"] == "RUNNING"
    assert api.run().run_name == "new"
    assert api.post("runs/update", run_id=api.run_id).status == 200
    assert api.post("runs/update", run_id=api.run_id, status="DONE").code == "INVALID_PARAMETER_VALUE"


def test_delete_and_restore(api: "Api") -> None:
    assert api.post("runs/delete", run_id=api.run_id).content == b"{}"
    assert api.run().lifecycle_stage is LifecycleStage.DELETED
    assert api.post("runs/set-tag", run_id=api.run_id, key="a", value="b").status == 400
    assert api.post("runs/update", run_id=api.run_id, status="FAILED").status == 400
    assert api.post("runs/restore", run_id=api.run_id).content == b"{}"
    assert api.post("runs/restore", run_id=api.run_id).status == 200


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("runs/update", {"status": "FAILED"}),
        ("runs/set-tag", {"key": "a", "value": "b"}),
        ("runs/log-parameter", {"key": "a", "value": "b"}),
        ("runs/log-metric", {"key": "a", "value": 1, "timestamp": 1}),
        ("runs/log-batch", {"params": [{"key": "a", "value": "b"}]}),
        ("runs/log-inputs", {"datasets": []}),
        ("runs/outputs", {"models": []}),
        ("runs/log-model", {"model_json": MODEL}),
        ("runs/delete", {}),
        ("runs/restore", {}),
    ],
)
def test_unknown_runs(api: "Api", path: str, more: dict[str, Any]) -> None:
    answer = api.post(path, run_id="0" * 32, **more)
    assert (answer.status, answer.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert api.post(path, **more).message.startswith("Missing value for required parameter 'run_id'")


def test_params(api: "Api") -> None:
    for _ in range(2):
        assert api.post("runs/log-parameter", run_id=api.run_id, key="a", value="1").content == b"{}"
    assert api.post("runs/log-parameter", run_id=api.run_id, key="empty").status == 200
    assert api.run().params == {"a": "1", "empty": ""}
    answer = api.post("runs/log-parameter", run_id=api.run_id, key="a", value="2")
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def test_tags(api: "Api") -> None:
    api.post("runs/set-tag", run_uuid=api.run_id, key="a", value="1")
    api.post("runs/set-tag", run_id=api.run_id, key="a", value="2")
    assert api.run().tags["a"] == "2"
    assert api.post("runs/delete-tag", run_id=api.run_id, key="a").status == 200
    assert api.post("runs/delete-tag", run_id=api.run_id, key="a").status == 404
    api.post("runs/set-tag", run_id=api.run_id, key="mlflow.runName", value="renamed")
    assert api.run().run_name == "renamed"


def test_batches(api: "Api") -> None:
    batch = {
        "run_id": api.run_id,
        "metrics": [{"key": "m", "value": value, "timestamp": 1, "step": value} for value in range(1000 - 3)],
        "params": [{"key": "p", "value": "1"}],
        "tags": [{"key": "t", "value": "1"}, {"key": "t", "value": "2"}],
    }
    for _ in range(2):
        assert api.post("runs/log-batch", **batch).content == b"{}"
    run = api.run()
    assert (run.params, run.tags["t"], run.metrics["m"].value) == ({"p": "1"}, "2", 996.0)
    assert api.post("runs/log-batch", run_id=api.run_id).status == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"params": [{"key": "p", "value": "1"}] * 2}, "Duplicate parameter keys have been submitted: ['p']"),
        ({"params": [{"key": f"p{number}", "value": "1"} for number in range(101)]}, "at most 100 params"),
        ({"tags": [{"key": "t", "value": "1"}] * 101}, "at most 100 tags"),
        ({"metrics": [{"key": "m", "value": 1, "timestamp": 1}] * 1001}, "at most 1000 metrics"),
        (
            {
                "metrics": [{"key": "m", "value": 1, "timestamp": 1}] * 1000,
                "tags": [{"key": "t", "value": "1"}],
            },
            "at most 1000",
        ),
        ({"metrics": [{"key": "m", "timestamp": 1}]}, "'metrics[0].value'"),
        ({"metrics": [{"key": "m", "value": 1}]}, "'metrics[0].timestamp'"),
        ({"params": [{"value": "1"}]}, "'params[0].key'"),
        ({"params": [{"key": "p", "value": 1}]}, "Invalid value 1 for parameter 'params[0].value'"),
        ({"params": [{"key": "../p", "value": "1"}]}, "../p"),
        ({"metrics": "m"}, "Invalid value"),
    ],
)
def test_batches_that_are_refused_write_nothing(api: "Api", wrong: dict[str, Any], said: str) -> None:
    answer = api.post("runs/log-batch", run_id=api.run_id, **{"tags": [{"key": "x", "value": "1"}], **wrong})
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
    assert said in answer.message
    assert (api.run().params, api.run().metrics, "x" in api.run().tags) == ({}, {}, False)


def test_inputs_and_outputs(api: "Api") -> None:
    model = api.store.create_logged_model(api.experiment_id, name="m")
    dataset = {
        "tags": [{"key": "mlflow.data.context", "value": "train"}],
        "dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "s", "schema": "{}"},
    }
    for _ in range(2):
        inputs = {"datasets": [dataset], "models": [{"model_id": model.model_id}]}
        assert api.post("runs/log-inputs", run_id=api.run_id, **inputs).content == b"{}"
        outputs = [{"model_id": model.model_id, "step": "3"}]
        assert api.post("runs/outputs", run_id=api.run_id, models=outputs).content == b"{}"
    run = api.get("runs/get", run_id=api.run_id).json["run"]
    assert run["inputs"] == {"dataset_inputs": [dataset], "model_inputs": [{"model_id": model.model_id}]}
    assert run["outputs"] == {"model_outputs": [{"model_id": model.model_id, "step": 3}]}
    assert "'models'" in api.post("runs/outputs", run_id=api.run_id).message
    assert api.post("runs/outputs", run_id=api.run_id, models=[]).content == b"{}"
    assert "'datasets[0].dataset'" in api.post("runs/log-inputs", run_id=api.run_id, datasets=[{}]).message


def test_models_of_version_two_are_kept_in_a_tag(api: "Api") -> None:
    for path in ("a", "b"):
        model = json.dumps({**json.loads(MODEL), "run_id": api.run_id, "artifact_path": path})
        assert api.post("runs/log-model", run_id=api.run_id, model_json=model).content == b"{}"
    kept = json.loads(api.run().tags["mlflow.log-model.history"])
    assert [model["artifact_path"] for model in kept] == ["a", "b"]
    for wrong in ("{", "[]", "5", "{}", '{"run_id": "x"}'):
        assert api.post("runs/log-model", run_id=api.run_id, model_json=wrong).status == 400


@pytest.mark.parametrize("broken", ["[{", "5"])
def test_a_broken_list_of_models_begins_anew(api: "Api", broken: str) -> None:
    api.store.set_tags(api.run_id, {"mlflow.log-model.history": broken})
    api.post("runs/log-model", run_id=api.run_id, model_json=MODEL)
    assert json.loads(api.run().tags["mlflow.log-model.history"]) == [json.loads(MODEL)]


def test_search(api: "Api") -> None:
    for value in range(3):
        run = _create(api, start_time=value)["info"]["run_id"]
        api.store.log_batch(run, params={"p": str(value)})
    asked = {"experiment_ids": [api.experiment_id], "filter": "params.p != '0'", "order_by": ["params.p ASC"]}
    first = api.post("runs/search", **asked, max_results=1).json
    second = api.post("runs/search", **asked, max_results=1, page_token=first["next_page_token"]).json
    assert "next_page_token" not in second
    found = [*first["runs"], *second["runs"]]
    assert [run["data"]["params"] for run in found] == [[{"key": "p", "value": "1"}], [{"key": "p", "value": "2"}]]
    assert api.post("runs/search").content == b"{}"
    assert api.post("runs/search", **asked, run_view_type="DELETED_ONLY").content == b"{}"
    assert len(api.post("runs/search", experiment_ids=[api.experiment_id], run_view_type=3).json["runs"]) == 4


@pytest.mark.parametrize(
    "wrong",
    [{"filter": "nonsense"}, {"max_results": 0}, {"max_results": 50001}, {"page_token": "?"}, {"order_by": ["a b c"]}],
)
def test_searches_that_make_no_sense(api: "Api", wrong: dict[str, Any]) -> None:
    answer = api.post("runs/search", experiment_ids=[api.experiment_id], **wrong)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def test_clients_that_know_no_proxy_get_a_local_path(api: "Api") -> None:
    old = {"User-Agent": "mlflow-python-client/1.19.0"}
    local = str(api.store.artifacts(api.run_id).local_directory())
    path = f"/api/2.0/mlflow/runs/get?run_id={api.run_id}"
    assert api.send("GET", path, None, old).json["run"]["info"]["artifact_uri"] == local
    body = json.dumps({"experiment_id": api.experiment_id, "run_id": api.run_id}).encode()
    headers = {**old, "Content-Type": "application/json"}
    for verb, key in (("create", "run"), ("update", "run_info")):
        answer = api.send("POST", f"/api/2.0/mlflow/runs/{verb}", body, headers).json[key]
        uri = answer.get("info", answer)["artifact_uri"]
        assert uri.startswith(local.removesuffix(f"{api.run_id}/artifacts"))
    new = {"User-Agent": "mlflow-python-client/1.30.1"}
    assert api.send("GET", path, None, new).json["run"]["info"]["artifact_uri"].startswith("mlflow-artifacts:")


def test_status_names(api: "Api") -> None:
    for status in RunStatus:
        assert api.post("runs/update", run_id=api.run_id, status=str(status)).json["run_info"]["status"] == str(status)


@pytest.mark.parametrize("run_id", ["a b", "../x", "-a", "x" * 257, "💥"])
def test_a_batch_for_what_cannot_be_a_run(api: "Api", run_id: str) -> None:
    answer = api.post("runs/log-batch", run_id=run_id, tags=[{"key": "a", "value": "b"}])
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
