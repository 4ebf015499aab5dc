"""What every tracking store does, local or remote."""

import math
from pathlib import Path

import pytest

from mlproj.errors import AlreadyExistsError, InvalidValueError, NotFoundError
from mlproj.tracking.base import Store
from mlproj.tracking.entities import (
    Dataset,
    DatasetInput,
    FileInfo,
    LifecycleStage,
    Metric,
    ModelOutput,
    Run,
    RunStatus,
    ViewType,
)

UGLY = "a 'b' \"c\"\n$(rm -rf /) 💥 ünïcødé %s {0} \\ ;--"


def new_run(store: Store, **fields: object) -> Run:
    return store.create_run("0", start_time=1_000, **fields)  # type: ignore[arg-type]


def point(key: str, value: float, step: int = 0, timestamp: int = 1) -> Metric:
    return Metric(key=key, value=value, step=step, timestamp=timestamp)


# experiments


def test_the_default_experiment_is_there(store: Store) -> None:
    default = store.get_experiment("0")
    assert (default.name, default.artifact_location) == ("Default", "mlflow-artifacts:/0")
    assert default.lifecycle_stage is LifecycleStage.ACTIVE


def test_an_experiment_has_the_name_and_tags_that_it_was_given(store: Store) -> None:
    number = store.create_experiment(UGLY.strip(), tags={"team": UGLY})
    found = store.get_experiment(number)
    assert found.name == UGLY.strip()
    assert dict(found.tags) == {"team": UGLY}
    assert found.artifact_location == f"mlflow-artifacts:/{number}"
    assert found.creation_time == found.last_update_time > 0
    assert store.get_experiment_by_name(UGLY.strip()) == found
    assert store.get_experiment_by_name("nobody") is None


def test_a_given_artifact_location_is_kept(store: Store) -> None:
    number = store.create_experiment("elsewhere", artifact_location="/data/runs/")
    assert store.get_experiment(number).artifact_location == "/data/runs"


@pytest.mark.parametrize("name", ["", " ", "x" * 501])
def test_experiment_names_are_checked(store: Store, name: str) -> None:
    with pytest.raises(InvalidValueError):
        store.create_experiment(name)


def test_names_of_deleted_experiments_stay_taken(store: Store) -> None:
    number = store.create_experiment("mine")
    store.delete_experiment(number)
    with pytest.raises(AlreadyExistsError, match="mine"):
        store.create_experiment("mine")
    found = store.get_experiment_by_name("mine")
    assert found is not None
    assert found.lifecycle_stage is LifecycleStage.DELETED


@pytest.mark.parametrize("number", ["77", "99999999999999999999999", "abc", "-1", "", "\uff11"])
def test_unknown_experiments(store: Store, number: str) -> None:
    with pytest.raises((NotFoundError, InvalidValueError)):
        store.get_experiment(number)


def test_deleting_an_experiment_takes_its_runs_and_restoring_brings_them_back(store: Store) -> None:
    number = store.create_experiment("mine")
    run = store.create_run(number, start_time=1)
    store.delete_experiment(number)
    assert store.get_run(run.run_id).lifecycle_stage is LifecycleStage.DELETED
    with pytest.raises(NotFoundError):
        store.delete_experiment(number)
    with pytest.raises(InvalidValueError):
        store.create_run(number, start_time=1)
    store.restore_experiment(number)
    assert store.get_run(run.run_id).lifecycle_stage is LifecycleStage.ACTIVE
    with pytest.raises(NotFoundError):
        store.restore_experiment(number)


def test_renaming_an_experiment(store: Store) -> None:
    number = store.create_experiment("old")
    other = store.create_experiment("other")
    store.rename_experiment(number, "new")
    assert store.get_experiment(number).name == "new"
    store.rename_experiment(number, "new")
    with pytest.raises(AlreadyExistsError):
        store.rename_experiment(number, "other")
    with pytest.raises(NotFoundError):
        store.rename_experiment("77", "x")
    store.delete_experiment(other)
    with pytest.raises(InvalidValueError):
        store.rename_experiment(other, "x")


def test_experiment_tags(store: Store) -> None:
    store.set_experiment_tag("0", "k", "1")
    store.set_experiment_tag("0", "k", "2")
    assert dict(store.get_experiment("0").tags) == {"k": "2"}
    store.delete_experiment_tag("0", "k")
    assert dict(store.get_experiment("0").tags) == {}
    with pytest.raises(NotFoundError):
        store.delete_experiment_tag("0", "k")
    with pytest.raises(InvalidValueError):
        store.set_experiment_tag("0", "k", "x" * 20_001)


def test_searching_experiments(store: Store) -> None:
    first = store.create_experiment("first", tags={"team": "a"})
    second = store.create_experiment("Second", tags={"team": "b"})
    store.delete_experiment(first)

    def names(filter_string: str = "", view: ViewType = ViewType.ALL, *order: str) -> list[str]:
        page = store.search_experiments(filter_string=filter_string, view_type=view, order_by=order)
        return [item.name for item in page.items]

    assert set(names()) == {"Default", "first", "Second"}
    assert set(names(view=ViewType.ACTIVE_ONLY)) == {"Default", "Second"}
    assert names(view=ViewType.DELETED_ONLY) == ["first"]
    assert names("", ViewType.ALL, "name") == ["Default", "Second", "first"]
    assert names("", ViewType.ALL, "name DESC") == ["first", "Second", "Default"]
    assert names("", ViewType.ALL, "experiment_id DESC") == ["Second", "first", "Default"]
    assert names("", ViewType.ALL, "tags.team DESC", "creation_time") == ["Second", "first", "Default"]
    assert names("name = 'first'") == ["first"]
    assert names("name LIKE 'f%'") == ["first"]
    assert names("name LIKE 'sec%'") == []
    assert names("attribute.name ILIKE 'SEC%'") == ["Second"]
    assert names("tags.team = 'b' AND name != 'x'") == ["Second"]
    assert names("tags.team IS NULL") == ["Default"]
    assert names(f"experiment_id = '{second}' and creation_time > 0") == ["Second"]
    with pytest.raises(InvalidValueError):
        names("metrics.x > 1")


def test_pages_of_experiments(store: Store) -> None:
    for number in range(4):
        store.create_experiment(f"e{number}")
    seen: list[str] = []
    token: str | None = None
    while True:
        page = store.search_experiments(max_results=2, order_by=["name"], page_token=token)
        assert len(page.items) <= 2
        seen += [item.name for item in page.items]
        if (token := page.next_page_token) is None:
            break
    assert seen == ["Default", "e0", "e1", "e2", "e3"]
    full = store.search_experiments(max_results=5)
    assert full.next_page_token is None


@pytest.mark.parametrize("size", [0, -1, 50_001])
def test_page_sizes_are_checked(store: Store, size: int) -> None:
    with pytest.raises(InvalidValueError):
        store.search_experiments(max_results=size)
    with pytest.raises(InvalidValueError):
        store.search_runs(["0"], max_results=size)


# the life of a run


def test_a_new_run(store: Store) -> None:
    run = new_run(store, run_name=UGLY, user_id="ada", tags={"why": UGLY})
    assert run == store.get_run(run.run_id)
    assert run.status is RunStatus.RUNNING
    assert (run.user_id, run.start_time, run.end_time) == ("ada", 1_000, None)
    assert run.artifact_uri == f"mlflow-artifacts:/0/{run.run_id}/artifacts"
    assert dict(run.tags) == {"why": UGLY, "mlflow.runName": UGLY}
    assert len(run.run_id) == 32


def test_a_run_without_a_name_gets_one(store: Store, request: pytest.FixtureRequest) -> None:
    run = new_run(store)
    adjective, noun, number = run.run_name.split("-")
    assert adjective.isalpha()
    assert noun.isalpha()
    assert number.isdecimal()
    if "[genuine]" not in request.node.name:  # its numbers have no leading zeros
        assert len(number) == 3
    assert run.tags["mlflow.runName"] == run.run_name


def test_name_and_name_tag_agree(store: Store) -> None:
    assert new_run(store, tags={"mlflow.runName": "tagged"}).run_name == "tagged"
    with pytest.raises(InvalidValueError):
        new_run(store, run_name="a", tags={"mlflow.runName": "b"})
    run = new_run(store, run_name="a", tags={"mlflow.runName": "a"})
    store.set_tags(run.run_id, {"mlflow.runName": "c"})
    assert store.get_run(run.run_id).run_name == "c"
    assert store.update_run(run.run_id, run_name="d").tags["mlflow.runName"] == "d"
    with pytest.raises(InvalidValueError):
        store.delete_tag(run.run_id, "mlflow.runName")


def test_runs_of_experiments_that_are_not_there(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.create_run("77", start_time=1)


def test_updating_a_run_leaves_the_rest_alone(store: Store) -> None:
    run = new_run(store, run_name="mine", tags={"a": "b"})
    ended = store.update_run(run.run_id, status=RunStatus.FINISHED, end_time=2_000)
    assert (ended.status, ended.end_time, ended.run_name) == (RunStatus.FINISHED, 2_000, "mine")
    assert ended == store.get_run(run.run_id)
    again = store.update_run(run.run_id, status=RunStatus.RUNNING)
    assert (again.status, again.end_time) == (RunStatus.RUNNING, 2_000)


def test_a_finished_run_can_be_written_a_deleted_one_cannot(store: Store) -> None:
    run = new_run(store)
    store.update_run(run.run_id, status=RunStatus.FINISHED)
    store.log_batch(run.run_id, params={"a": "1"})
    store.delete_run(run.run_id)
    with pytest.raises(InvalidValueError):
        store.log_batch(run.run_id, params={"b": "1"})
    with pytest.raises(InvalidValueError):
        store.set_tags(run.run_id, {"b": "1"})
    with pytest.raises(InvalidValueError):
        store.update_run(run.run_id, status=RunStatus.FAILED)
    store.delete_run(run.run_id)
    store.restore_run(run.run_id)
    store.restore_run(run.run_id)
    assert dict(store.get_run(run.run_id).params) == {"a": "1"}


def test_a_name_cannot_be_set_to_nothing(store: Store) -> None:
    run = new_run(store, run_name="mine")
    store.set_tags(run.run_id, {"mlflow.runName": "", "other": ""})
    found = store.get_run(run.run_id)
    assert (found.run_name, dict(found.tags)) == ("mine", {"mlflow.runName": "mine", "other": ""})


@pytest.mark.parametrize("tags", [{"k" * 256: "v"}, {"k": "v" * 501}])
def test_tags_of_data_sets_are_checked(store: Store, tags: dict[str, str]) -> None:
    run = new_run(store)
    with pytest.raises(InvalidValueError):
        store.log_inputs(run.run_id, datasets=[DatasetInput(dataset=Dataset(name="a", digest="1"), tags=tags)])
    assert store.get_run(run.run_id).dataset_inputs == ()


@pytest.mark.parametrize(
    "location",
    [
        "s3://bucket/a#b",
        "http://somebody.else/x",
        "HTTPS://u:p@somebody.else:443/x",
        "mlflow-artifacts://somebody.else/x",
        "mlflow-artifacts://somebody.else:5000",
    ],
)
def test_artifact_locations_that_cannot_be(store: Store, location: str) -> None:
    """A client would send its password to whatever host an address of HTTP names."""
    with pytest.raises(InvalidValueError):
        store.create_experiment("elsewhere", artifact_location=location)
    assert store.get_experiment_by_name("elsewhere") is None


def test_runs_that_are_not_there(store: Store) -> None:
    missing = "f" * 32
    for call in (
        lambda: store.get_run(missing),
        lambda: store.update_run(missing, status=RunStatus.FAILED),
        lambda: store.delete_run(missing),
        lambda: store.restore_run(missing),
        lambda: store.log_batch(missing, params={"a": "1"}),
        lambda: store.set_tags(missing, {"a": "1"}),
        lambda: store.delete_tag(missing, "a"),
        lambda: store.artifacts(missing).list(),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert store.metric_history(missing, "m").items == ()


def test_abbreviated_ids(store: Store) -> None:
    ids = sorted(new_run(store).run_id for _ in range(5))
    store.delete_run(ids[0])
    for run_id in ids:
        assert store.find_runs(run_id) == (run_id,)
        assert run_id in store.find_runs(run_id[:8])
    assert store.find_runs("f" * 32) == ()
    assert store.find_runs("zzzz") == ()
    assert store.find_runs("a'b%") == ()
    assert store.find_runs("____") == ()
    assert len(store.find_runs("", limit=3)) in {0, 3}


# what runs log


def test_params_do_not_change(store: Store) -> None:
    run_id = new_run(store).run_id
    store.log_batch(run_id, params={"a": "1", "ugly key/x.y:z": UGLY})
    store.log_batch(run_id, params={"a": "1"})
    with pytest.raises(InvalidValueError, match="Changing param values is not allowed"):
        store.log_batch(run_id, params={"a": "2", "new": "x"}, metrics=[point("m", 1)], tags={"t": "1"})
    run = store.get_run(run_id)
    assert dict(run.params) == {"a": "1", "ugly key/x.y:z": UGLY}
    assert dict(run.metrics) == {}
    assert "t" not in run.tags


def test_long_values_are_cut(store: Store) -> None:
    run_id = new_run(store).run_id
    store.log_batch(run_id, params={"p": "x" * 7_000}, tags={"t": "y" * 9_000})
    store.log_batch(run_id, params={"p": "x" * 8_000})
    run = store.get_run(run_id)
    assert run.params["p"] == "x" * 6_000
    assert run.tags["t"] == "y" * 8_000


@pytest.mark.parametrize("key", ["", "a\nb", "a//b", "a/", "../x", "/a", ".", "a;b", "x" * 251, "💥", "a\x00"])
def test_keys_are_checked(store: Store, key: str) -> None:
    run_id = new_run(store).run_id
    with pytest.raises(InvalidValueError):
        store.log_batch(run_id, params={key: "1"})
    with pytest.raises(InvalidValueError):
        store.log_batch(run_id, metrics=[point(key, 1)])
    with pytest.raises(InvalidValueError):
        store.set_tags(run_id, {key: "1"})


def test_the_latest_point_is_the_one_of_the_highest_step(store: Store) -> None:
    run_id = new_run(store).run_id
    store.log_batch(run_id, metrics=[point("m", 1, step=5, timestamp=10), point("m", 2, step=3, timestamp=99)])
    assert store.get_run(run_id).metrics["m"].value == 1
    store.log_batch(run_id, metrics=[point("m", 7, step=5, timestamp=11)])
    store.log_batch(run_id, metrics=[point("m", 6, step=5, timestamp=11)])
    assert store.get_run(run_id).metrics["m"] == Metric(key="m", value=7, step=5, timestamp=11)
    store.log_batch(run_id, metrics=[point("m", 0, step=-1)])
    assert store.get_run(run_id).metrics["m"].value == 7


def test_history_is_by_time_and_without_repeats(store: Store) -> None:
    run_id = new_run(store).run_id
    points = [point("m", 3, 2, 30), point("m", 1, 0, 10), point("m", 2, 1, 20), point("m", 1, 0, 10)]
    store.log_batch(run_id, metrics=points)
    store.log_batch(run_id, metrics=points)
    assert [item.value for item in store.metric_history(run_id, "m").items] == [1, 2, 3]
    first = store.metric_history(run_id, "m", max_results=2)
    assert [item.value for item in first.items] == [1, 2]
    second = store.metric_history(run_id, "m", max_results=2, page_token=first.next_page_token)
    assert [item.value for item in second.items] == [3]
    assert second.next_page_token is None
    assert store.metric_history(run_id, "other").items == ()
    with pytest.raises(InvalidValueError):
        store.metric_history(run_id, "m", max_results=0)
    with pytest.raises(InvalidValueError):
        store.metric_history(run_id, "m", max_results=1, page_token="???")


def test_numbers_at_the_edge(store: Store) -> None:
    run_id = new_run(store).run_id
    largest = 1.7976931348623157e308
    store.log_batch(
        run_id, metrics=[point("nan", math.nan), point("up", math.inf), point("down", -math.inf), point("tiny", 5e-324)]
    )
    metrics = store.get_run(run_id).metrics
    assert math.isnan(metrics["nan"].value)
    assert (metrics["up"].value, metrics["down"].value, metrics["tiny"].value) == (largest, -largest, 5e-324)
    assert math.isnan(store.metric_history(run_id, "nan").items[0].value)


def test_negative_timestamps_are_refused(store: Store) -> None:
    run_id = new_run(store).run_id
    with pytest.raises(InvalidValueError):
        store.log_batch(run_id, metrics=[point("m", 1, timestamp=-1)])
    with pytest.raises(InvalidValueError):
        store.log_batch(run_id, metrics=[point("m", 1, step=2**63)])


def test_batches_of_any_size(store: Store) -> None:
    run_id = new_run(store).run_id
    store.log_batch(
        run_id,
        metrics=[point("m", step, step) for step in range(1_500)],
        params={f"p{number}": str(number) for number in range(150)},
        tags={f"t{number}": str(number) for number in range(150)},
    )
    run = store.get_run(run_id)
    assert len(run.params) == 150
    assert len(run.tags) == 151
    assert len(store.metric_history(run_id, "m").items) == 1_500
    store.log_batch(run_id)


def test_tags(store: Store) -> None:
    run_id = new_run(store).run_id
    store.set_tags(run_id, {"a": "1"})
    store.set_tags(run_id, {"a": UGLY, "b": ""})
    tags = store.get_run(run_id).tags
    assert (tags["a"], tags["b"]) == (UGLY, "")
    store.delete_tag(run_id, "a")
    assert "a" not in store.get_run(run_id).tags
    with pytest.raises(NotFoundError):
        store.delete_tag(run_id, "a")


def test_inputs_and_outputs(store: Store) -> None:
    run_id = new_run(store).run_id
    dataset = Dataset(name="iris", digest="abc", source_type="local", source="{}", schema="{}", profile="{}")
    item = DatasetInput(dataset=dataset, tags={"mlflow.data.context": "training"})
    store.log_inputs(run_id, datasets=[item], models=["m-1"])
    store.log_inputs(run_id, datasets=[item], models=["m-1"])
    store.log_outputs(run_id, [ModelOutput(model_id="m-2", step=3)])
    run = store.get_run(run_id)
    assert run.dataset_inputs == (item,)
    assert run.model_inputs == ("m-1",)
    assert run.model_outputs == (ModelOutput(model_id="m-2", step=3),)


# searching runs


@pytest.fixture
def three(store: Store) -> dict[str, str]:
    """Three runs: names by id. `c` has no param, no accuracy, and NaN for its loss."""
    found: dict[str, str] = {}
    for position, name in enumerate("abc"):
        run = store.create_run("0", start_time=100 + position, run_name=name, user_id=f"user {name}")
        found[run.run_id] = name
        store.set_tags(run.run_id, {"Team x": f"Blue {name}"})
        if name == "c":
            store.log_batch(run.run_id, metrics=[point("loss", math.nan)])
            continue
        store.log_batch(run.run_id, params={"alpha": str(position)}, metrics=[point("loss", 1.5 - position)])
        store.log_batch(run.run_id, metrics=[point("acc", position)])
        store.log_inputs(
            run.run_id,
            datasets=[DatasetInput(dataset=Dataset(name=f"d{name}", digest="x"), tags={"mlflow.data.context": name})],
        )
    first = next(iter(found))
    store.update_run(first, status=RunStatus.FINISHED, end_time=500)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "cba"),
        ("metrics.loss > 0", "ba"),
        ("metrics.loss >= 1.5", "a"),
        ("metrics.loss < 1e0", "b"),
        ("metrics.loss <= 0.5 and metric.acc = 1", "b"),
        ("metrics.loss != 1.5", "cb"),
        ("metrics.missing != 1", ""),
        ("metrics.`loss` > -5", "ba"),
        ('metrics."loss" > -5', "ba"),
        ("params.alpha = '1'", "b"),
        ('parameter.alpha = "1"', "b"),
        ("params.alpha != '1'", "a"),
        ("params.alpha LIKE '%'", "ba"),
        ("params.alpha IS NULL", "c"),
        ("params.alpha is not null", "ba"),
        ("tags.`Team x` = 'Blue a'", "a"),
        ("tags.`Team x` LIKE 'blue%'", ""),
        ("tags.`Team x` ILIKE 'blue%' AND tags.\"Team x\" LIKE '%_a'", "a"),
        ("tags.mlflow.runName = 'a'", "a"),
        ("run_name = 'a'", "a"),
        ("attributes.`Run name` != 'a'", "cb"),
        ("`run name` LIKE 'a'", "a"),
        ("status = 'FINISHED'", "a"),
        ("attr.status != 'FINISHED'", "cb"),
        ("user_id = 'user b'", "b"),
        ("artifact_uri LIKE 'mlflow-artifacts:/0/%'", "cba"),
        ("start_time > 100", "cb"),
        ("created <= 101 AND run.start_time >= 101", "b"),
        ("end_time = 500", "a"),
        ("datasets.name = 'da'", "a"),
        ("dataset.name IN ('da', 'db')", "ba"),
        ("dataset.digest NOT IN ('y')", "ba"),
        ("dataset.context = 'b'", "b"),
        ("dataset.context LIKE '%' and dataset.name ILIKE 'DA'", "a"),
    ],
)
def test_filters(store: Store, three: dict[str, str], text: str, expected: str) -> None:
    page = store.search_runs(["0"], filter_string=text)
    assert "".join(three[run.run_id] for run in page.items) == expected


def test_filter_by_run_id(store: Store, three: dict[str, str]) -> None:
    first, second, third = three
    listed = store.search_runs(["0"], filter_string=f"run_id IN ('{first}', '{third}')")
    assert {run.run_id for run in listed.items} == {first, third}
    others = store.search_runs(["0"], filter_string=f"attributes.run_id NOT IN ('{first}', '{third}')")
    assert [run.run_id for run in others.items] == [second]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["metrics.loss"], "bac"),
        (["metrics.loss DESC"], "abc"),
        (["metrics.acc desc"], "bac"),
        (["params.alpha"], "abc"),
        (["params.alpha DESC"], "bac"),
        (["tags.`Team x` DESC"], "cba"),
        (["start_time"], "abc"),
        (["attributes.end_time"], "acb"),
        (["status", "start_time ASC"], "abc"),
        (["run_name DESC"], "cba"),
        (["params.missing"], "cba"),
    ],
)
def test_orders(store: Store, three: dict[str, str], order: list[str], expected: str) -> None:
    page = store.search_runs(["0"], order_by=order)
    assert "".join(three[run.run_id] for run in page.items) == expected


@pytest.mark.parametrize(
    "text",
    [
        "metrics.a > 1 OR metrics.b > 1",
        "NOT metrics.a > 1",
        "(metrics.a > 1)",
        "metrics.a > 'x'",
        "metrics.a > nan",
        "metrics.a LIKE 'x'",
        "metrics.a IS NULL",
        "params.a = 1",
        "params.a > '1'",
        "params.a IN ('1')",
        "nobody.a = '1'",
        "nobody = '1'",
        "status IN ('FINISHED')",
        "run_id IN ()",
        "run_id IN ('a'",
        "dataset.size = '1'",
        "params.a = '1'; DROP TABLE runs",
        "params.a = '1' AND",
        "AND params.a = '1'",
        "params.a = '1' params.b = '2'",
        "params. = '1'",
        "params.a == '1'",
        "params.a",
        "params.a = ",
        "params.a IS NOT",
        "params.a NOT LIKE 'x'",
        "'a' = 'a'",
        "params.a = 'x",
        "start_time > '5'",
    ],
)
def test_filters_that_make_no_sense(store: Store, text: str) -> None:
    with pytest.raises(InvalidValueError):
        store.search_runs(["0"], filter_string=text)


@pytest.mark.parametrize(
    "order", [["a b c"], ["dataset.name"], ["metrics.a", "metrics.a DESC"], [""], ["metrics.a UP"]]
)
def test_orders_that_make_no_sense(store: Store, order: list[str]) -> None:
    with pytest.raises(InvalidValueError):
        store.search_runs(["0"], order_by=order)


def test_searches_see_only_the_experiments_and_stages_asked_for(store: Store) -> None:
    other = store.create_experiment("other")
    here, there = new_run(store), store.create_run(other, start_time=5)
    gone = new_run(store)
    store.delete_run(gone.run_id)

    def found(experiments: list[str], view: ViewType = ViewType.ACTIVE_ONLY) -> set[str]:
        return {run.run_id for run in store.search_runs(experiments, view_type=view).items}

    assert found([]) == set()
    assert found(["0"]) == {here.run_id}
    assert found(["0", other]) == {here.run_id, there.run_id}
    assert found(["0"], ViewType.DELETED_ONLY) == {gone.run_id}
    assert found(["0"], ViewType.ALL) == {here.run_id, gone.run_id}
    assert found(["77"]) == set()


def test_pages_of_runs(store: Store) -> None:
    ids = [store.create_run("0", start_time=number).run_id for number in range(5)]
    seen: list[str] = []
    token: str | None = None
    while True:
        page = store.search_runs(["0"], max_results=2, page_token=token)
        seen += [run.run_id for run in page.items]
        if (token := page.next_page_token) is None:
            break
    assert seen == ids[::-1]
    with pytest.raises(InvalidValueError):
        store.search_runs(["0"], page_token="not a token")


# artifacts


def test_artifacts(store: Store) -> None:
    artifacts = store.artifacts(new_run(store).run_id)
    assert artifacts.list() == ()
    artifacts.write("a b/ünï #1.txt".replace("#", ""), iter([b"one ", b"two"]))
    artifacts.write("empty", iter([]))
    artifacts.write("a b/deep/x.json.gz", iter([b"{}"]))
    assert artifacts.list() == (
        FileInfo(path="a b", is_dir=True),
        FileInfo(path="empty", is_dir=False, file_size=0),
    )
    assert artifacts.list("a b") == (
        FileInfo(path="a b/deep", is_dir=True),
        FileInfo(path="a b/ünï 1.txt", is_dir=False, file_size=7),
    )
    with artifacts.open("a b/ünï 1.txt") as file:
        assert file.read() == b"one two"
    with artifacts.open("a b/ünï 1.txt") as file:
        assert file.seek(4) == 4
        assert file.read() == b"two"
        file.seek(70)
        assert file.read() == b""
    with artifacts.open("a b/deep/x.json.gz") as file:
        assert file.read() == b"{}"
    assert artifacts.list("nowhere") == ()
    assert artifacts.list("empty") == ()
    artifacts.write("empty", iter([b"new"]))
    with artifacts.open("empty") as file:
        assert file.read() == b"new"
    artifacts.delete("a b")
    artifacts.delete("a b")
    assert [info.path for info in artifacts.list()] == ["empty"]


def test_artifacts_that_are_not_there(store: Store) -> None:
    artifacts = store.artifacts(new_run(store).run_id)
    artifacts.write("dir/file", iter([b"x"]))
    with pytest.raises(NotFoundError):
        artifacts.open("missing")
    with pytest.raises(NotFoundError):
        artifacts.open("dir/file/below")
    with pytest.raises(InvalidValueError):
        artifacts.open("dir")
    with pytest.raises(InvalidValueError):
        artifacts.write("dir", iter([b"x"]))
    with pytest.raises(InvalidValueError):
        artifacts.write("dir/file/below", iter([b"x"]))


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a\\b", "C:/x", "a#b", "", "x/"])
def test_artifact_paths_stay_below_their_root(store: Store, path: str) -> None:
    artifacts = store.artifacts(new_run(store).run_id)
    with pytest.raises(InvalidValueError):
        artifacts.write(path, iter([b"x"]))


def test_a_large_artifact_comes_through_whole(store: Store) -> None:
    artifacts = store.artifacts(new_run(store).run_id)
    block = bytes(range(256)) * 4096
    artifacts.write("large.bin", iter([block] * 10))
    with artifacts.open("large.bin") as file:
        assert file.read(len(block)) == block
        assert sum(len(part) for part in iter(lambda: file.read(65_536), b"")) == 9 * len(block)


def test_an_artifact_whose_source_fails_is_not_written(store: Store) -> None:
    artifacts = store.artifacts(new_run(store).run_id)

    def broken() -> "object":
        yield b"half"
        raise OSError("the source is gone")

    with pytest.raises(Exception, match="source is gone"):
        artifacts.write("x", broken())  # type: ignore[arg-type]
    assert artifacts.list() == ()


def test_artifacts_in_a_directory_of_this_machine(store: Store, tmp_path: Path) -> None:
    number = store.create_experiment("local", artifact_location=str(tmp_path / "my files"))
    run = store.create_run(number, start_time=1)
    store.artifacts(run.run_id).write("x/y.txt", iter([b"1"]))
    assert (tmp_path / "my files" / run.run_id / "artifacts" / "x" / "y.txt").read_bytes() == b"1"


def test_files_of_a_logged_model(store: Store) -> None:
    files = store.artifacts_at(store.create_logged_model("0", name="x").artifact_uri)
    assert files.list() == ()
    files.write("same/same", iter([b"1"]))
    files.write("b ü.txt", iter([b"2", b"2"]))
    assert files.list() == (FileInfo(path="b ü.txt", is_dir=False, file_size=2), FileInfo(path="same", is_dir=True))
    assert files.list("same") == (FileInfo(path="same/same", is_dir=False, file_size=1),)
    for path in ("b ü.txt", "same/same", "nothing"):
        assert files.list(path) == ()
    with files.open("same/same") as file:
        assert file.read() == b"1"
    files.delete("same/same")
    with pytest.raises(NotFoundError):
        files.open("same/same")
