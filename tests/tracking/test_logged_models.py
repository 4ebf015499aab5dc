"""Logged models, which clients of MLflow 3 need to log any model."""

import math

import pytest

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import LoggedModelStatus, Metric


def test_the_life_of_a_model(sqlite_store: LocalStore) -> None:
    run = sqlite_store.create_run("0", start_time=1)
    model = sqlite_store.create_logged_model(
        "0", name="models/final", source_run_id=run.run_id, model_type="sklearn", params={"a": "1"}, tags={"t": "x"}
    )
    assert model.model_id.startswith("m-")
    assert len(model.model_id) == 34
    assert model.status is LoggedModelStatus.PENDING
    assert model.artifact_uri == f"mlflow-artifacts:/0/models/{model.model_id}/artifacts"
    ready = sqlite_store.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    assert ready.status is LoggedModelStatus.READY
    assert ready.last_updated_timestamp_ms >= model.creation_timestamp_ms
    tagged = sqlite_store.set_logged_model_tags(model.model_id, {"t": "y", "u": "z"})
    assert dict(tagged.tags) == {"t": "y", "u": "z"}
    sqlite_store.delete_logged_model_tag(model.model_id, "u")
    with pytest.raises(NotFoundError):
        sqlite_store.delete_logged_model_tag(model.model_id, "u")
    sqlite_store.log_logged_model_params(model.model_id, {"a": "1", "b": "2"})
    with pytest.raises(InvalidValueError, match="Changing param"):
        sqlite_store.log_logged_model_params(model.model_id, {"a": "2"})
    found = sqlite_store.get_logged_model(model.model_id)
    assert (dict(found.params), dict(found.tags)) == ({"a": "1", "b": "2"}, {"t": "y"})
    sqlite_store.delete_logged_model(model.model_id)
    with pytest.raises(NotFoundError):
        sqlite_store.get_logged_model(model.model_id)
    assert sqlite_store.get_logged_model(model.model_id, allow_deleted=True).model_id == model.model_id
    assert sqlite_store.search_logged_models(["0"]).items == ()


def test_models_that_cannot_be(sqlite_store: LocalStore) -> None:
    for name in ("a:b", "a.b", "it's"):
        with pytest.raises(InvalidValueError):
            sqlite_store.create_logged_model("0", name=name)
    with pytest.raises(NotFoundError):
        sqlite_store.create_logged_model("77", name="x")
    with pytest.raises(NotFoundError):
        sqlite_store.get_logged_model("m-1")
    model = sqlite_store.create_logged_model("0", name=None)
    assert len(model.name.split("-")) == 3
    with pytest.raises(InvalidValueError):
        sqlite_store.finalize_logged_model(model.model_id, LoggedModelStatus.PENDING)


def test_points_of_a_run_that_name_a_model_are_the_model_s_too(sqlite_store: LocalStore) -> None:
    run = sqlite_store.create_run("0", start_time=1)
    model = sqlite_store.create_logged_model("0", name="x", source_run_id=run.run_id)
    point = Metric(
        key="auc", value=0.5, timestamp=9, model_id=model.model_id, dataset_name="iris", dataset_digest="abc"
    )
    lost = Metric(key="loss", value=math.nan, timestamp=9, model_id=model.model_id)
    sqlite_store.log_batch(run.run_id, metrics=[point, lost])
    sqlite_store.log_batch(run.run_id, metrics=[point])
    first, second = sqlite_store.get_logged_model(model.model_id).metrics
    assert (first.value, first.dataset_name, first.run_id) == (0.5, "iris", run.run_id)
    assert math.isnan(second.value)
    assert sqlite_store.get_run(run.run_id).metrics["auc"].value == 0.5
    with pytest.raises(NotFoundError):
        sqlite_store.log_batch(run.run_id, metrics=[Metric(key="k", value=1, timestamp=1, model_id="m-none")])
    assert "k" not in sqlite_store.get_run(run.run_id).metrics


@pytest.fixture
def three(sqlite_store: LocalStore) -> dict[str, str]:
    run = sqlite_store.create_run("0", start_time=1)
    found = {}
    for number, name in enumerate("abc"):
        model = sqlite_store.create_logged_model(
            "0", name=name, source_run_id=run.run_id, params={"p": name}, tags={"t": name} if number else {}
        )
        found[model.model_id] = name
        values = [1.0 - number, 5.0 + number] if name != "c" else []
        sqlite_store.log_batch(
            run.run_id,
            metrics=[
                Metric(
                    key="m",
                    value=value,
                    timestamp=step,
                    step=step,
                    model_id=model.model_id,
                    dataset_name=f"d{step}",
                    dataset_digest="x",
                )
                for step, value in enumerate(values)
            ],
        )
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = 'a'", "a"),
        ("attributes.name IN ('a', 'b')", "ab"),
        ("name NOT IN ('a')", "bc"),
        ("model_id LIKE 'm-%' AND status = 'LOGGED_MODEL_PENDING'", "abc"),
        ("creation_timestamp > 0 and last_updated_timestamp >= 0", "abc"),
        ("params.p ILIKE 'B'", "b"),
        ("params.p IN ('a', 'c')", "ac"),
        ("tags.t != 'b'", "c"),
        ("metrics.m > 5", "b"),
        ("metrics.m < 1", "b"),
        ("source_run_id != 'x'", "abc"),
    ],
)
def test_filters(sqlite_store: LocalStore, three: dict[str, str], text: str, expected: str) -> None:
    page = sqlite_store.search_logged_models(["0"], filter_string=text)
    assert "".join(sorted(three[model.model_id] for model in page.items)) == expected


def test_metrics_of_some_data_sets(sqlite_store: LocalStore, three: dict[str, str]) -> None:
    def found(*datasets: dict[str, str]) -> str:
        page = sqlite_store.search_logged_models(["0"], filter_string="metrics.m >= 1", datasets=datasets)
        return "".join(sorted(three[model.model_id] for model in page.items))

    assert found() == "ab"
    assert found({"dataset_name": "d0"}) == "a"
    assert found({"dataset_name": "d0", "dataset_digest": "y"}) == ""
    assert found({"dataset_name": "d0"}, {"dataset_name": "d1", "dataset_digest": "x"}) == "ab"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([{"field_name": "name"}], "abc"),
        ([{"field_name": "name", "ascending": False}], "cba"),
        ([{"field_name": "params.p", "ascending": False}], "cba"),
        ([{"field_name": "metrics.m"}], "abc"),
        ([{"field_name": "metrics.m", "ascending": False}], "bac"),
        ([{"field_name": "metrics.m", "dataset_name": "d0", "dataset_digest": "x"}], "bac"),
        ([{"field_name": "tags.t", "ascending": False}, {"field_name": "creation_timestamp"}], "cba"),
    ],
)
def test_orders(sqlite_store: LocalStore, three: dict[str, str], order: list[dict[str, object]], expected: str) -> None:
    page = sqlite_store.search_logged_models(["0"], order_by=order)
    assert "".join(three[model.model_id] for model in page.items) == expected


def test_pages_belong_to_one_search(sqlite_store: LocalStore, three: dict[str, str]) -> None:
    first = sqlite_store.search_logged_models(["0"], max_results=2)
    rest = sqlite_store.search_logged_models(["0"], max_results=2, page_token=first.next_page_token)
    assert {model.model_id for model in (*first.items, *rest.items)} == set(three)
    with pytest.raises(InvalidValueError, match="another search"):
        sqlite_store.search_logged_models(["0"], filter_string="name = 'a'", page_token=first.next_page_token)


@pytest.mark.parametrize("text", ["metric.m > 1", "tag.t = 'x'", "params.p IS NULL", "name > 'a'", "nobody = 'x'"])
def test_filters_that_make_no_sense(sqlite_store: LocalStore, text: str) -> None:
    with pytest.raises(InvalidValueError):
        sqlite_store.search_logged_models(["0"], filter_string=text)


def test_orders_that_make_no_sense(sqlite_store: LocalStore) -> None:
    for item in ({"field_name": "name", "ascending": "yes"}, {}, {"field_name": "x.y"}):
        with pytest.raises(InvalidValueError):
            sqlite_store.search_logged_models(["0"], order_by=[item])
