"""Scripts that log with the stock mlflow client, of three versions, as jobs of a run do."""

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING

import pytest

from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Run, RunStatus

if TYPE_CHECKING:
    from tests.server.conftest import Journey

UGLY = "a 'b' \"c\" $(rm)\nü 🎉"


@pytest.fixture(params=["3.17", "2.22", "1.30"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def journey(version: str, journeys: Mapping[str, "Journey"]) -> "Journey":
    if journeys[version].missing:
        pytest.skip(journeys[version].missing)
    return journeys[version]


def test_nothing_went_wrong_inside_the_server(journey: "Journey") -> None:
    assert list(journey.errors) == []


def test_a_plain_script_resumes_its_run_and_ends_it(journey: "Journey", store: LocalStore) -> None:
    run = _run(journey, store, "plain")
    assert run.status is RunStatus.FINISHED
    assert run.params == {"alpha": "0.5", "ugly": UGLY, "empty": "", "layer/width": "3"}
    assert run.tags.items() >= {"ugly": UGLY, "a": "1", "b.c": "d"}.items()
    assert (run.metrics["loss"].step, run.metrics["loss"].value) == (4, 0.2)
    assert isnan(run.metrics["nan"].value)
    assert run.metrics["big"].value == 1e300
    assert run.metrics["inf"].value == 1.7976931348623157e308
    assert journey.seen["plain"]["steps"] == [0, 1, 2, 3, 4]


def test_files_go_up_into_directories_and_come_back_the_same(journey: "Journey", store: LocalStore) -> None:
    seen = journey.seen["plain"]
    assert seen["top"] == ["code", "data.json", "notes", "tree"]
    assert seen["code"] == [["code/of the job/journey.py", False]]
    assert (seen["bytes"], seen["empty"]) == (True, True)
    artifacts = store.artifacts(_run(journey, store, "plain").run_id)
    with artifacts.open("notes/ü 100%.txt") as file:
        assert file.read() == b"text"


def test_nested_runs_know_their_parent(journey: "Journey", store: LocalStore) -> None:
    inner = store.get_run(journey.seen["plain"]["inner"])
    assert inner.tags["mlflow.parentRunId"] == journey.cases["plain"]["run_id"]
    assert (inner.run_name, inner.params) == ("inner", {"inner": "True"})


def test_the_low_level_client_gets_the_answers_and_the_errors_it_knows(journey: "Journey", store: LocalStore) -> None:
    seen = journey.seen["through_client"]
    child = store.get_run(seen["child"])
    assert child.tags["mlflow.parentRunId"] == journey.cases["through_client"]["run_id"]
    assert child.status is RunStatus.KILLED
    assert "t" not in child.tags
    assert seen["found"] == [seen["child"]]
    assert (seen["hidden"], seen["missing"]) == (0, True)
    assert seen["history"] == [[0, 0.0], [1, 1.0], [2, 2.0]]
    assert seen["refused"] == {
        "changed param": "INVALID_PARAMETER_VALUE",
        "no such run": "RESOURCE_DOES_NOT_EXIST",
        "bad filter": "INVALID_PARAMETER_VALUE",
        "taken name": "RESOURCE_ALREADY_EXISTS",
    }


@pytest.mark.parametrize(
    ("case", "experiment"),
    [("plain", "made by the script"), ("existing_experiment", "baseline"), ("experiment_by_id", "baseline")],
)
def test_set_experiment_moves_the_run(journey: "Journey", store: LocalStore, case: str, experiment: str) -> None:
    run = _run(journey, store, case)
    assert store.get_experiment(run.experiment_id).name == experiment
    assert run.status is RunStatus.FINISHED


def test_each_move_is_said_once(journey: "Journey") -> None:
    moved = {"plain": "made by the script", "existing_experiment": "baseline", "experiment_by_id": "baseline"}
    assert list(journey.notes) == [
        f"run {journey.cases[case]['run_id']} moved to the experiment {name!r}: its code calls mlflow.set_experiment"
        for case, name in moved.items()
    ]


@pytest.mark.parametrize("case", ["merely_looked_up", "merely_created", "merely_read", "set_while_active", "failing"])
def test_looking_at_experiments_moves_nothing(journey: "Journey", store: LocalStore, case: str) -> None:
    assert _run(journey, store, case).experiment_id == journey.cases[case]["experiment_id"]


def test_an_experiment_set_later_is_that_of_the_next_run(journey: "Journey", store: LocalStore) -> None:
    after = store.get_run(journey.seen["set_while_active"])
    assert store.get_experiment(after.experiment_id).name == "baseline"
    assert after.tags["mlflow.parentRunId"] == journey.cases["set_while_active"]["run_id"]


def test_a_script_that_raises_leaves_its_run_failed(journey: "Journey", store: LocalStore) -> None:
    assert _run(journey, store, "failing").status is RunStatus.FAILED


def test_autologged_training(journey: "Journey", version: str, store: LocalStore) -> None:
    run = _run(journey, store, "autologged")
    assert (run.params["C"], run.params["max_iter"]) == ("0.5", "300")
    assert run.metrics["training_accuracy_score"].value > 0.9
    assert run.tags["estimator_name"] == "LogisticRegression"
    assert journey.seen["autologged"]["same"] is True
    assert bool(run.dataset_inputs) == (version != "1.30")
    if version == "3.17":
        (output,) = run.model_outputs
        model = store.get_logged_model(output.model_id)
        assert (str(model.status), model.source_run_id) == ("LOGGED_MODEL_READY", run.run_id)
        assert {metric.key for metric in model.metrics} >= {"training_accuracy_score"}
    else:
        assert '"run_id"' in run.tags["mlflow.log-model.history"]


def test_only_version_2_prints_the_url_of_the_run(journey: "Journey", version: str) -> None:
    """Nothing keeps version 2 from it, so who keeps the output has to redact the token."""
    secret = journey.cases["plain"]["uri"].rpartition("-")[2]
    assert (secret in journey.output) == (version == "2.22")


def _run(journey: "Journey", store: LocalStore, case: str) -> Run:
    return store.get_run(journey.cases[case]["run_id"])
