from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Dataset, DatasetInput, Metric, ViewType
from mlproj.tracking.opening import open_sqlite


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    with closing(open_sqlite(tmp_path / "mlproj.db")) as opened:
        yield opened


def full_run(store: LocalStore, experiment_id: str) -> str:
    """A run with something of everything on it."""
    run_id = store.create_run(experiment_id, start_time=1, tags={"a": "b"}).run_id
    store.log_batch(run_id, metrics=[Metric(key="m", value=1.0, timestamp=1)], params={"p": "1"})
    store.log_inputs(run_id, datasets=[DatasetInput(dataset=Dataset(name="d", digest="1"), tags={"k": "v"})])
    return run_id


def test_only_what_is_deleted_can_go_for_good(store: LocalStore) -> None:
    kept, gone = full_run(store, "0"), full_run(store, "0")
    with pytest.raises(InvalidValueError, match="not deleted"):
        store.purge_run(gone)
    store.delete_run(gone)
    assert store.deleted_runs() == (gone,)
    store.purge_run(gone)
    with pytest.raises(NotFoundError):
        store.get_run(gone)
    assert store.get_run(kept).params == {"p": "1"}
    assert store.deleted_runs() == ()


def test_an_experiment_goes_with_its_runs_and_models(store: LocalStore) -> None:
    experiment_id = store.create_experiment("x", tags={"a": "b"})
    run_id = full_run(store, experiment_id)
    model = store.create_logged_model(experiment_id, name="m", source_run_id=run_id, params={"p": "1"}, tags={"t": "1"})
    with pytest.raises(InvalidValueError, match="not deleted"):
        store.purge_experiment(experiment_id)
    store.delete_experiment(experiment_id)
    assert store.deleted_experiments() == (experiment_id,)
    store.purge_experiment(experiment_id)
    with pytest.raises(NotFoundError):
        store.get_experiment(experiment_id)
    with pytest.raises(NotFoundError):
        store.get_logged_model(model.model_id)
    assert not store.search_runs([experiment_id], view_type=ViewType.ALL).items
    assert store.create_experiment("x") != experiment_id
