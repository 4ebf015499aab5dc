import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from mlproj.tracking.entities import LifecycleStage

if TYPE_CHECKING:
    from tests.server.conftest import Api

NUMBERS = count(1)


@pytest.fixture
def name() -> str:
    return f"an experiment ü 🎉 {next(NUMBERS)}"


def test_create_and_get(api: "Api", name: str) -> None:
    created = api.post("experiments/create", name=name, tags=[{"key": "a", "value": "b"}]).json
    answer = api.get("experiments/get", experiment_id=created["experiment_id"]).json["experiment"]
    assert answer.pop("creation_time") == answer.pop("last_update_time") > 1_700_000_000_000
    assert answer == {
        "experiment_id": created["experiment_id"],
        "name": name,
        "artifact_location": f"mlflow-artifacts:/{created['experiment_id']}",
        "lifecycle_stage": "active",
        "tags": [{"key": "a", "value": "b"}],
    }
    assert api.get("experiments/get-by-name", experiment_name=name).json["experiment"]["name"] == name


def test_the_default_experiment_is_there(api: "Api") -> None:
    assert api.get("experiments/get", experiment_id="0").json["experiment"]["name"] == "Default"


def test_a_name_is_taken_once(api: "Api", name: str) -> None:
    experiment_id = api.post("experiments/create", name=name).json["experiment_id"]
    assert api.post("experiments/delete", experiment_id=experiment_id).content == b"{}"
    answer = api.post("experiments/create", name=name)
    assert (answer.status, answer.code) == (400, "RESOURCE_ALREADY_EXISTS")


def test_unknown_names_and_ids(api: "Api") -> None:
    for answer in (
        api.get("experiments/get-by-name", experiment_name="nobody's"),
        api.get("experiments/get", experiment_id="999999"),
        api.post("experiments/delete", experiment_id="999999"),
    ):
        assert (answer.status, answer.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    answer = api.get("experiments/get", experiment_id="abc")
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def test_delete_restore_and_rename(api: "Api", name: str) -> None:
    api.post("experiments/delete", experiment_id=api.experiment_id)
    deleted = api.get("experiments/get", experiment_id=api.experiment_id).json["experiment"]
    assert deleted["lifecycle_stage"] == "deleted"
    assert api.run().lifecycle_stage is LifecycleStage.DELETED
    assert api.post("experiments/delete", experiment_id=api.experiment_id).status == 404
    api.post("experiments/restore", experiment_id=api.experiment_id)
    assert api.run().lifecycle_stage is LifecycleStage.ACTIVE
    assert api.post("experiments/update", experiment_id=api.experiment_id, new_name=name).content == b"{}"
    assert api.store.get_experiment(api.experiment_id).name == name
    assert "new_name" in api.post("experiments/update", experiment_id=api.experiment_id).message


def test_tags(api: "Api") -> None:
    api.post("experiments/set-experiment-tag", experiment_id=api.experiment_id, key="a", value="1")
    api.post("experiments/set-experiment-tag", experiment_id=api.experiment_id, key="a", value="2")
    assert api.store.get_experiment(api.experiment_id).tags == {"a": "2"}
    api.post("experiments/delete-experiment-tag", experiment_id=api.experiment_id, key="a")
    assert api.store.get_experiment(api.experiment_id).tags == {}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_search_in_pages(api: "Api", method: str) -> None:
    prefix = f"{method} {time.time()}"
    ids = [api.store.create_experiment(f"{prefix} {number}") for number in range(3)]
    asked = {"filter": f"name LIKE '{prefix}%'", "max_results": "2", "order_by": ["name DESC"]}

    def search(**more: str) -> dict[str, object]:
        if method == "GET":
            found = api.get("experiments/search", **asked, **more)
        else:
            found = api.post("experiments/search", **asked, **more)
        assert found.status == 200
        return dict(found.json)

    first = search()
    second = search(page_token=str(first["next_page_token"]))
    assert "next_page_token" not in second
    found = [*first["experiments"], *second["experiments"]]  # type: ignore[misc] # lists of JSON objects
    assert [item["experiment_id"] for item in found] == ids[::-1]
    assert search(view_type="DELETED_ONLY") == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"max_results": 0},
        {"max_results": -1},
        {"max_results": 50001},
        {"max_results": 5, "filter": "nonsense"},
        {"max_results": 5, "order_by": ["nonsense"]},
        {"max_results": 5, "page_token": "nonsense"},
        {"max_results": 5, "view_type": "NONE"},
    ],
)
def test_searches_that_make_no_sense(api: "Api", wrong: dict[str, object]) -> None:
    answer = api.post("experiments/search", **wrong)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def test_a_number_that_no_experiment_has(api: "Api") -> None:
    for number in ("-1", "9223372036854775807"):
        answer = api.get("experiments/get", experiment_id=number)
        assert (answer.status, answer.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    for number in ("9223372036854775808", "1.5", "- 1", "abc"):
        answer = api.get("experiments/get", experiment_id=number)
        assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
