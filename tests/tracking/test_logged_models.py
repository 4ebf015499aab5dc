"""Logged models, which clients of MLflow 3 need to log any model."""

import math

import pytest

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.base import Store
from mlproj.tracking.entities import LoggedModelStatus, Metric


def test_the_life_of_a_model(store: Store) -> None:
    run = store.create_run("0", start_time=1)
    model = store.create_logged_model(
        "0", name="final", source_run_id=run.run_id, model_type="sklearn", params={"a": "1"}, tags={"t": "x"}
    )
    assert model.model_id.startswith("m-")
    assert len(model.model_id) == 34
    assert model.status is LoggedModelStatus.PENDING
    assert model.artifact_uri == f"mlflow-artifacts:/0/models/{model.model_id}/artifacts"
    ready = store.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    assert ready.status is LoggedModelStatus.READY
    assert ready.last_updated_timestamp_ms >= model.creation_timestamp_ms
    tagged = store.set_logged_model_tags(model.model_id, {"t": "y", "u": "z"})
    assert dict(tagged.tags) == {"t": "y", "u": "z"}
    store.delete_logged_model_tag(model.model_id, "u")
    with pytest.raises(NotFoundError):
        store.delete_logged_model_tag(model.model_id, "u")
    store.log_logged_model_params(model.model_id, {"b": "2"})
    found = store.get_logged_model(model.model_id)
    assert (dict(found.params), dict(found.tags)) == ({"a": "1", "b": "2"}, {"t": "y"})
    store.delete_logged_model(model.model_id)
    store.delete_logged_model(model.model_id)
    with pytest.raises(NotFoundError):
        store.get_logged_model(model.model_id)
    assert store.get_logged_model(model.model_id, allow_deleted=True).model_id == model.model_id
    assert store.search_logged_models(["0"]).items == ()


def test_params_of_a_model_can_be_logged_again_but_not_changed(store: Store) -> None:
    model = store.create_logged_model("0", name="x", params={"a": "1"})
    store.log_logged_model_params(model.model_id, {"a": "1", "b": "2"})
    with pytest.raises(InvalidValueError, match="Changing param"):
        store.log_logged_model_params(model.model_id, {"a": "2"})
    assert dict(store.get_logged_model(model.model_id).params) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("name", ["a:b", "a.b", "it's", "100%", 'a"b'])
def test_names_that_cannot_be(store: Store, name: str) -> None:
    with pytest.raises(InvalidValueError):
        store.create_logged_model("0", name=name)


def test_names_of_logged_models_may_have_slashes(store: Store) -> None:
    assert store.create_logged_model("0", name="models/final").name == "models/final"


def test_models_that_are_not_there(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.create_logged_model("77", name="x")
    with pytest.raises(NotFoundError):
        store.get_logged_model("m-1")
    for ask in (
        lambda: store.finalize_logged_model("m-1", LoggedModelStatus.READY),
        lambda: store.set_logged_model_tags("m-1", {"a": "b"}),
        lambda: store.delete_logged_model_tag("m-1", "a"),
        lambda: store.log_logged_model_params("m-1", {"a": "b"}),
        lambda: store.delete_logged_model("m-1"),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_a_model_without_a_name_is_given_one(store: Store) -> None:
    assert len(store.create_logged_model("0", name=None).name.split("-")) == 3


def test_logged_models_end_ready_or_failed(store: Store) -> None:
    model = store.create_logged_model("0", name="x")
    assert (
        store.finalize_logged_model(model.model_id, LoggedModelStatus.UPLOAD_FAILED).status
        == "LOGGED_MODEL_UPLOAD_FAILED"
    )
    with pytest.raises(InvalidValueError):
        store.finalize_logged_model(model.model_id, LoggedModelStatus.PENDING)


def test_points_of_a_run_that_name_a_model_are_the_model_s_too(store: Store) -> None:
    run = store.create_run("0", start_time=1)
    model = store.create_logged_model("0", name="x", source_run_id=run.run_id)
    point = Metric(
        key="auc", value=0.5, timestamp=9, model_id=model.model_id, dataset_name="iris", dataset_digest="abc"
    )
    store.log_batch(run.run_id, metrics=[point])
    store.log_batch(run.run_id, metrics=[point])
    (found,) = store.get_logged_model(model.model_id).metrics
    assert (found.value, found.dataset_name, found.run_id) == (0.5, "iris", run.run_id)
    assert store.get_run(run.run_id).metrics["auc"].value == 0.5


def test_points_of_models_that_are_not_there(store: Store) -> None:
    run = store.create_run("0", start_time=1)
    with pytest.raises(NotFoundError):
        store.log_batch(run.run_id, metrics=[Metric(key="k", value=1, timestamp=1, model_id="m-none")])
    assert "k" not in store.get_run(run.run_id).metrics


def test_points_of_a_model_may_be_no_numbers(store: Store) -> None:
    run = store.create_run("0", start_time=1)
    model = store.create_logged_model("0", name="x")
    store.log_batch(run.run_id, metrics=[Metric(key="m", value=math.nan, timestamp=9, model_id=model.model_id)])
    (found,) = store.get_logged_model(model.model_id).metrics
    assert math.isnan(found.value)


@pytest.fixture
def three(store: Store) -> dict[str, str]:
    run = store.create_run("0", start_time=1)
    found = {}
    for number, name in enumerate("abc"):
        model = store.create_logged_model(
            "0", name=name, source_run_id=run.run_id, params={"p": name}, tags={"t": name} if number else {}
        )
        found[model.model_id] = name
        values = [1.0 - number, 5.0 + number] if name != "c" else []
        store.log_batch(
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
        ("model_id LIKE 'm-%' AND model_id != 'm-1'", "abc"),
        ("status = 'LOGGED_MODEL_PENDING'", "abc"),
        ("creation_timestamp_ms > 0 and creation_time > 0", "abc"),
        ("creation_timestamp > 0 and last_updated_timestamp >= 0", "abc"),
        ("params.p ILIKE 'B'", "b"),
        ("params.p IN ('a', 'c')", "ac"),
        ("tags.t != 'b'", "c"),
        ("metrics.m > 5", "b"),
        ("metrics.m < 1", "b"),
        ("source_run_id != 'x'", "abc"),
    ],
)
def test_filters(store: Store, three: dict[str, str], text: str, expected: str) -> None:
    page = store.search_logged_models(["0"], filter_string=text)
    assert "".join(sorted(three[model.model_id] for model in page.items)) == expected


def test_metrics_of_some_data_sets(store: Store, three: dict[str, str]) -> None:
    def found(*datasets: dict[str, str], text: str = "metrics.m >= 1") -> str:
        page = store.search_logged_models(["0"], filter_string=text, datasets=datasets)
        return "".join(sorted(three[model.model_id] for model in page.items))

    assert found() == "ab"
    assert found({"dataset_name": "d0", "dataset_digest": "x"}) == "a"
    assert found({"dataset_name": "d0", "dataset_digest": "y"}) == ""
    both = {"dataset_name": "d0", "dataset_digest": "x"}, {"dataset_name": "d1", "dataset_digest": "x"}
    assert found(*both) == "ab"
    assert found(*both, text="") == "ab"
    assert found({"dataset_name": "d7", "dataset_digest": "x"}, text="name = 'a'") == ""


def test_data_sets_by_name_alone(store: Store, three: dict[str, str]) -> None:
    found = store.search_logged_models(["0"], filter_string="metrics.m >= 1", datasets=[{"dataset_name": "d0"}])
    assert [three[model.model_id] for model in found.items] == ["a"]


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
def test_orders(store: Store, three: dict[str, str], order: list[dict[str, object]], expected: str) -> None:
    page = store.search_logged_models(["0"], order_by=order)
    assert "".join(three[model.model_id] for model in page.items) == expected


def test_pages_belong_to_one_search(store: Store, three: dict[str, str]) -> None:
    first = store.search_logged_models(["0"], max_results=2)
    rest = store.search_logged_models(["0"], max_results=2, page_token=first.next_page_token)
    assert {model.model_id for model in (*first.items, *rest.items)} == set(three)
    with pytest.raises(InvalidValueError, match=r"another search|page token"):
        store.search_logged_models(["0"], filter_string="name = 'a'", page_token=first.next_page_token)


@pytest.mark.parametrize("text", ["metric.m > 1", "tag.t = 'x'", "params.p IS NULL", "name > 'a'", "nobody = 'x'"])
def test_filters_that_make_no_sense(store: Store, text: str) -> None:
    with pytest.raises(InvalidValueError):
        store.search_logged_models(["0"], filter_string=text)


@pytest.mark.parametrize(
    "item", [{"field_name": "name", "ascending": "yes"}, {"ascending": True}, {"field_name": "x.y"}]
)
def test_orders_of_logged_models_that_make_no_sense(store: Store, item: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        store.search_logged_models(["0"], order_by=[item])
