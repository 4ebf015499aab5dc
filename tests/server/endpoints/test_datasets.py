"""experiments/search-datasets"""

from typing import TYPE_CHECKING

from mlproj.tracking.entities import Dataset, DatasetInput

if TYPE_CHECKING:
    from tests.server.conftest import Api

PATH = "experiments/search-datasets"


def test_the_data_sets_of_an_experiment(api: "Api") -> None:
    iris = Dataset(name="iris ü", digest="d1")
    inputs = [
        DatasetInput(dataset=iris, tags={"mlflow.data.context": "train"}),
        DatasetInput(dataset=Dataset(name="wine", digest="d2")),
    ]
    api.store.log_inputs(api.run_id, datasets=inputs)
    other = api.store.create_run(api.experiment_id, start_time=2).run_id
    api.store.log_inputs(other, datasets=[DatasetInput(dataset=iris, tags={"mlflow.data.context": "test"})])
    experiment = {"experiment_id": api.experiment_id}
    whole = [
        {**experiment, "name": "iris ü", "digest": "d1", "context": "test"},
        {**experiment, "name": "iris ü", "digest": "d1", "context": "train"},
        {**experiment, "name": "wine", "digest": "d2"},
    ]
    assert api.post(PATH, experiment_ids=[api.experiment_id]).json == {"dataset_summaries": whole}
    api.store.delete_run(other)
    assert api.post(PATH, experiment_ids=[api.experiment_id]).json == {"dataset_summaries": whole[1:]}
    assert api.post(PATH, experiment_ids=["999999"]).content == b"{}"


def test_requests_that_make_no_sense(api: "Api") -> None:
    for experiments in ([], ["x"], [5], "0", ["0"] * 21):
        answer = api.post(PATH, experiment_ids=experiments)
        assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
