import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Api


def test_a_point_alone(api: "Api") -> None:
    point = {"key": "m", "value": 0.5, "timestamp": "1000"}
    for _ in range(2):
        assert api.post("runs/log-metric", run_uuid=api.run_id, **point).content == b"{}"
    answer = api.get("metrics/get-history", run_id=api.run_id, metric_key="m").json
    assert answer == {"metrics": [{"key": "m", "value": 0.5, "timestamp": 1000, "step": 0}]}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("NaN", "NaN"),
        ("Infinity", 1.7976931348623157e308),
        ("-Infinity", -1.7976931348623157e308),
        (0, 0.0),
        ("5", 5.0),
    ],
)
def test_special_values(api: "Api", sent: object, answered: object) -> None:
    api.post("runs/log-metric", run_id=api.run_id, key="m", value=sent, timestamp=1, step=-3)
    (latest,) = api.get("runs/get", run_id=api.run_id).json["run"]["data"]["metrics"]
    assert latest == {"key": "m", "value": answered, "timestamp": 1, "step": -3}
    assert math.isnan(api.run().metrics["m"].value) == (sent == "NaN")


def test_history_in_pages(api: "Api") -> None:
    points = [{"key": "m", "value": value, "timestamp": value, "step": value} for value in range(5)]
    api.post("runs/log-batch", run_id=api.run_id, metrics=points)
    values, token = [], ""
    while True:
        page = api.get("metrics/get-history", run_id=api.run_id, metric_key="m", max_results="2", page_token=token).json
        values += [point["value"] for point in page["metrics"]]
        if not (token := page.get("next_page_token", "")):
            break
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_nothing_known_is_nothing_told(api: "Api") -> None:
    assert api.get("metrics/get-history", run_id=api.run_id, metric_key="none").content == b"{}"
    assert api.get("metrics/get-history", run_id="0" * 32, metric_key="none").content == b"{}"


@pytest.mark.parametrize(
    "wrong", [{"max_results": "0"}, {"max_results": "-1"}, {"max_results": "x"}, {"page_token": "?"}]
)
def test_histories_that_make_no_sense(api: "Api", wrong: dict[str, Any]) -> None:
    answer = api.get("metrics/get-history", run_id=api.run_id, metric_key="m", **{"max_results": "5", **wrong})
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")


def test_a_metric_of_a_model(api: "Api") -> None:
    model = api.store.create_logged_model(api.experiment_id, name="m", source_run_id=api.run_id)
    more = {"model_id": model.model_id, "dataset_name": "d", "dataset_digest": "1"}
    assert api.post("runs/log-metric", run_id=api.run_id, key="m", value=1, timestamp=5, **more).status == 200
    (point,) = api.get(f"logged-models/{model.model_id}").json["model"]["data"]["metrics"]
    assert point.items() >= {"key": "m", "value": 1.0, "dataset_name": "d", "dataset_digest": "1"}.items()
    assert point["run_id"] == api.run_id


PLAIN = {"key": "m", "value": 0.5, "timestamp": 7, "step": 1}


@pytest.mark.parametrize(
    "changed",
    [
        {"value": 3},
        {"value": "0.25"},
        {"value": "NaN"},
        {"value": True},
        {"value": None},
        {"value": [0.5]},
        {"step": "4"},
        {"step": 4.0},
        {"step": 4.5},
        {"step": None},
        {"step": 2**63},
        {"timestamp": "8"},
        {"timestamp": -1},
        {"timestamp": 2**63},
        {"timestamp": True},
        {"key": ""},
        {"key": 5},
        {"key": "a//b"},
        {"unknown": 1},
        {"model_id": "m-nothing"},
        {"step": "left out"},
        {"step": "left out", "unknown": 1},
    ],
)
def test_a_point_in_a_batch_is_read_like_a_point_alone(api: "Api", changed: dict[str, Any]) -> None:
    point = {name: value for name, value in {**PLAIN, **changed}.items() if value != "left out"}
    alone = api.post("runs/log-metric", run_id=api.run_id, **point)
    run_id = api.store.create_run("0", start_time=1).run_id
    batch = api.post("runs/log-batch", run_id=run_id, metrics=[{**PLAIN, "timestamp": 1, "step": 0}, point])
    assert (batch.status, batch.json.get("error_code")) == (alone.status, alone.json.get("error_code"))
    first, second = (api.store.get_run(each).metrics.get("m") for each in (api.run_id, run_id))
    assert repr(first) == repr(second) or alone.status != 200
