"""Scripts that log, register, load and evaluate models with the stock client, of two versions, on `mlproj server`."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlproj.tracking.entities import RunStatus
from mlproj.tracking.opening import open_sqlite


@pytest.fixture(params=["3.17", "2.22"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def seen(version: str, models_seen: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    return models_seen[version]


def test_a_model_is_logged_with_its_signature_and_an_example(seen: Mapping[str, Any]) -> None:
    assert (seen["signature"], seen["input example"]) == (["a", "b", "c"], 2)


def test_a_model_that_was_logged_to_a_path_loads_from_it(seen: Mapping[str, Any]) -> None:
    assert seen["from the run"] is True


def test_models_load_by_number_stage_and_alias(seen: Mapping[str, Any]) -> None:
    assert seen["registered"] == "2"
    assert seen["loaded"] == dict.fromkeys(("/1", "/2", "/Production", "/latest", "@best"), True)
    assert seen["as sklearn"] is True
    assert seen["missing"] == "RESOURCE_DOES_NOT_EXIST"


def test_the_client_reads_what_it_wrote(seen: Mapping[str, Any], version: str) -> None:
    name = f"the model of {version}"
    assert seen["model"] == {
        "description": "all of it",
        "tags": {"team": "a 'b' ü"},
        "aliases": {"best": "2"},
        "latest": [["1", "Production"], ["2", "None"]],
    }
    assert seen["version"] == {
        "description": "the first",
        "tags": {"checked": "yes"},
        "stage": "Production",
        "status": "READY",
        "run_id": seen["run_id"],
    }
    assert (seen["by alias"], seen["models found"], seen["versions found"]) == ("2", [name], ["1", "2"])


def test_copies_new_names_and_what_is_gone(seen: Mapping[str, Any], version: str) -> None:
    assert seen["taken"] == "RESOURCE_ALREADY_EXISTS"
    assert (seen["copied"], seen["copy loads"]) == ("1", True)
    assert seen["renamed"] == [f"the model of {version} new", "RESOURCE_DOES_NOT_EXIST"]
    assert seen["deleted version"] == seen["deleted model"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("name", ["", "models"])
def test_a_model_is_evaluated(seen: Mapping[str, Any], name: str) -> None:
    run_id, accurate, files = seen[f"evaluated {name}"]
    assert accurate is True
    assert "confusion_matrix" in files
    with closing(open_sqlite(Path(seen["database"]))) as store:
        run = store.get_run(run_id)
        assert run.metrics["accuracy_score"].value > 0.9
        assert "confusion_matrix.png" in {file.path for file in store.artifacts(run.run_id).list()}


def test_training_logs_by_itself(seen: Mapping[str, Any]) -> None:
    found = dict(seen["by itself"])
    with closing(open_sqlite(Path(seen["database"]))) as store:
        run = store.get_run(found.pop("run_id"))
    assert run.status is RunStatus.FINISHED
    assert {dict(item.tags)["mlflow.data.context"] for item in run.dataset_inputs} == {"train", "training"}
    assert "points" in found.pop("inputs")
    assert found == {"C": "0.5", "score": True, "loads": 0.5, "from the run": 0.5}


def test_runs_come_as_a_frame(seen: Mapping[str, Any]) -> None:
    assert seen["frame"] == [1, 0.75, True]


def test_what_comes_in_pages_comes_whole(seen: Mapping[str, Any]) -> None:
    pages = {"runs": [5, 5], "experiments": [2, 2], "models": [3, 3], "versions": [3, 3]}
    assert {name: seen["pages"][name] for name in pages} == pages
    assert seen["pages"].get("logged models", [3, 3]) == [3, 3]
    assert seen["history"] is True
    refused, expected = seen["too many"]
    assert refused == expected
