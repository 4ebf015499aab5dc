"""What the server does for the run that calls: see the rule in mlproj.server.inside."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Api


@pytest.fixture
def other(api: "Api") -> str:
    """The id of an experiment that the run is not in."""
    return api.store.create_experiment(f"other than {api.experiment_id}")


def _look_up(api: "Api", experiment_id: str) -> None:
    name = api.store.get_experiment(experiment_id).name
    assert api.get("experiments/get-by-name", experiment_name=name).status == 200


def _shown(api: "Api") -> str:
    return str(api.get("runs/get", run_id=api.run_id).json["run"]["info"]["experiment_id"])


def _update(api: "Api", status: str) -> str:
    return str(api.post("runs/update", run_id=api.run_id, status=status).json["run_info"]["experiment_id"])


def test_set_experiment_moves_the_run_when_it_is_resumed(api: "Api", other: str) -> None:
    _look_up(api, other)
    assert _shown(api) == other
    assert api.run().experiment_id == api.experiment_id
    assert _update(api, "RUNNING") == other
    name = api.store.get_experiment(other).name
    assert api.notes == [f"run {api.run_id} moved to the experiment {name!r}: its code calls mlflow.set_experiment"]
    assert api.run().artifact_uri == f"mlflow-artifacts:/{api.experiment_id}/{api.run_id}/artifacts"


def test_set_experiment_by_id(api: "Api", other: str) -> None:
    api.get("experiments/get", experiment_id=other)
    assert _shown(api) == other
    assert _update(api, "RUNNING") == other


def test_a_request_that_is_repeated_changes_nothing(api: "Api", other: str) -> None:
    _look_up(api, other)
    assert (_shown(api), _shown(api)) == (other, other)
    assert (_update(api, "RUNNING"), _update(api, "RUNNING")) == (other, other)
    assert len(api.notes) == 1


def test_processes_of_one_job_may_all_set_the_experiment(api: "Api", other: str) -> None:
    _look_up(api, other)
    _look_up(api, other)
    assert _shown(api) == other
    _look_up(api, other)
    assert (_update(api, "RUNNING"), _shown(api), _update(api, "RUNNING")) == (other, other, other)
    assert len(api.notes) == 1


def test_the_experiment_that_the_run_is_in_already(api: "Api") -> None:
    _look_up(api, api.experiment_id)
    assert (_shown(api), _update(api, "RUNNING"), api.notes) == (api.experiment_id, api.experiment_id, [])


def test_the_run_was_moved_meanwhile(api: "Api", other: str) -> None:
    _look_up(api, other)
    _shown(api)
    api.store.move_run(api.run_id, other)
    assert (_update(api, "RUNNING"), api.notes) == (other, [])


def test_anything_between_says_that_it_was_only_looked_up(api: "Api", other: str) -> None:
    _look_up(api, other)
    api.post("runs/search", experiment_ids=[other])
    assert (_shown(api), _update(api, "RUNNING")) == (api.experiment_id, api.experiment_id)
    assert api.notes == []


def test_a_run_that_is_read_but_not_resumed_stays(api: "Api", other: str) -> None:
    _look_up(api, other)
    assert _shown(api) == other
    api.post("runs/set-tag", run_id=api.run_id, key="a", value="b")
    assert (_shown(api), _update(api, "RUNNING")) == (api.experiment_id, api.experiment_id)


def test_a_run_that_is_ended_stays(api: "Api", other: str) -> None:
    _look_up(api, other)
    _shown(api)
    assert _update(api, "FINISHED") == api.experiment_id


def test_an_active_run_stays_and_one_that_ended_may_move_again(api: "Api", other: str) -> None:
    _update(api, "RUNNING")
    _look_up(api, other)
    assert (_shown(api), _update(api, "RUNNING")) == (api.experiment_id, api.experiment_id)
    _update(api, "FINISHED")
    _look_up(api, other)
    assert (_shown(api), _update(api, "RUNNING")) == (other, other)


def test_another_run_is_shown_as_it_is(api: "Api", other: str) -> None:
    run_id = api.store.create_run(api.experiment_id, start_time=1).run_id
    _look_up(api, other)
    answer = api.get("runs/get", run_id=run_id).json["run"]["info"]
    assert answer["experiment_id"] == api.experiment_id
    assert api.post("runs/update", run_id=run_id, status="RUNNING").status == 200
    assert api.store.get_run(run_id).experiment_id == api.experiment_id


def test_a_deleted_or_missing_experiment_moves_nothing(api: "Api", other: str) -> None:
    name = api.store.get_experiment(other).name
    api.store.delete_experiment(other)
    assert api.get("experiments/get-by-name", experiment_name=name).status == 200
    assert _shown(api) == api.experiment_id
    assert api.get("experiments/get-by-name", experiment_name="nothing of that name").status == 404
    assert _shown(api) == api.experiment_id


def test_runs_do_not_disturb_each_other(api: "Api", other: str) -> None:
    second = api.store.create_run(api.experiment_id, start_time=1).run_id
    _look_up(api, other)
    neighbour = type(api)(
        store=api.store,
        server=api.server,
        url=api.server.url_for(second),
        run_id=second,
        experiment_id=api.experiment_id,
        pool=api.pool,
    )
    assert _shown(neighbour) == api.experiment_id
    assert _shown(api) == other


def test_creating_an_experiment_is_not_setting_it(api: "Api") -> None:
    api.post("experiments/create", name=f"for later {api.run_id}")
    assert (_shown(api), _update(api, "RUNNING")) == (api.experiment_id, api.experiment_id)


def test_a_malformed_request_of_the_caller(api: "Api") -> None:
    assert api.get("runs/get").status == 400
    assert api.post("runs/update", run_id=api.run_id, status="NONE").status == 400
    assert api.post("runs/create", experiment_id=api.experiment_id, tags="none").status == 400
