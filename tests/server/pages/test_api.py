"""What the page asks for beyond MLflow's API: rows, names of columns, curves, causes, and files for a frame."""

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from mlproj.record.document import to_json
from mlproj.record.values import Capture, ParameterValue, RunRecord, Source

if TYPE_CHECKING:
    from tests.server.conftest import Answer, Api


def ask(api: "Api", path: str, /, **query: Any) -> "Answer":
    return api.send("GET", f"/api/mlproj/{path}?{urlencode(query, doseq=True)}")


def search(api: "Api", **body: Any) -> "Answer":
    headers = {"Content-Type": "application/json"}
    return api.send("POST", "/api/mlproj/runs/search-rows", json.dumps(body).encode(), headers)


@pytest.fixture
def logged(api: "Api") -> str:
    """A run of its own with something of each kind."""
    metrics = [
        {"key": key, "value": value, "timestamp": 1, "step": step}
        for key, value, step in (("loss", 0.5, 0), ("loss", 0.25, 1), ("bad", "NaN", 0), ("system/cpu", 3.0, 0))
    ]
    params, tags = [{"key": "lr", "value": "0.1"}], [{"key": "mlproj.verdict", "value": "identical"}]
    assert api.post("runs/log-batch", run_id=api.run_id, metrics=metrics, params=params, tags=tags).status == 200
    return api.run_id


def test_rows_have_the_columns_that_are_asked_for(api: "Api", logged: str) -> None:
    columns = ["params.lr", "metrics.loss", "metrics.bad", "tags.mlproj.verdict", "params.none"]
    found = search(api, experiment_ids=[api.experiment_id], columns=columns).json
    assert found["columns"] == columns
    (row,) = found["rows"]
    assert row["run_id"] == logged
    assert row["values"] == ["0.1", "0.25", "NaN", "identical", ""]
    assert {"key": "mlproj.verdict", "value": "identical"} in row["marks"]
    assert (row["status"], row["lifecycle_stage"]) == ("RUNNING", "active")


def test_rows_are_counted_where_that_is_asked_for(api: "Api", logged: str) -> None:
    assert api.post("runs/create", experiment_id=api.experiment_id, start_time=1).status == 200
    mine = {"experiment_ids": [api.experiment_id], "count": True, "max_results": 1}
    found = search(api, **mine).json
    assert (found["total"], found["unfiltered"], len(found["rows"])) == (2, 2, 1)
    found = search(api, **mine, filter="params.lr = '0.1'").json
    assert (found["total"], found["unfiltered"]) == (1, 2)
    found = search(api, **mine, filter="params.lr = 'none'").json
    assert (found["total"], found["unfiltered"]) == (0, 2)
    assert "total" not in search(api, experiment_ids=[api.experiment_id]).json
    assert search(api, **mine | {"count": "perhaps"}).status == 400


def test_columns_are_chosen_where_none_are_named(api: "Api", logged: str) -> None:
    assert search(api, experiment_ids=[api.experiment_id]).json["columns"] == [
        "metrics.bad",
        "metrics.loss",
        "params.lr",
    ]
    assert search(api, experiment_ids=[api.experiment_id], columns=[]).json["columns"] == []
    assert "rows" not in search(api, experiment_ids=[api.experiment_id], filter="params.lr = 'x'").json


def test_rows_of_all_active_experiments_come_in_pages(api: "Api", logged: str) -> None:
    everything = [row["run_id"] for row in search(api, max_results=1000).json["rows"]]
    assert logged in everything
    seen: list[str] = []
    token = ""
    while len(seen) < len(everything):
        page = search(api, max_results=7, page_token=token).json
        seen += [row["run_id"] for row in page["rows"]]
        token = page.get("next_page_token", "")
    assert (seen, token) == (everything, "")
    deleted = str(api.store.create_experiment("rows are gone"))
    run = api.store.create_run(deleted, start_time=1)
    api.store.delete_experiment(deleted)
    assert run.run_id not in {row["run_id"] for row in search(api, run_view_type="ALL", max_results=1000).json["rows"]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"columns": ["loss"]}, "Columns are metrics.NAME, params.NAME and tags.NAME"),
        ({"columns": ["metrics.a"] * 501}, "At most 500 columns are allowed, got 501"),
        ({"columns": "metrics.a"}, "Invalid value"),
        ({"max_results": 0}, "max_results"),
    ],
)
def test_rows_that_cannot_be_had(api: "Api", body: dict[str, Any], message: str) -> None:
    answer = search(api, **body)
    assert (answer.status, answer.code) == (400, "INVALID_PARAMETER_VALUE")
    assert message in answer.message


def test_a_wrong_filter_says_where_it_is_wrong(api: "Api") -> None:
    text = "params.lr = '1' AND metrics.loss < 'x'"
    answer = search(api, filter=text)
    assert (answer.status, answer.json["position"]) == (400, text.index("'x'"))
    answer = api.post("runs/search", experiment_ids=[api.experiment_id], filter="params.lr ==")
    assert answer.json["position"] == len("params.lr =")
    assert "position" not in api.post("runs/search", max_results=-1).json


def test_names_of_columns(api: "Api", logged: str) -> None:
    found = ask(api, "runs/columns", experiment_ids=[api.experiment_id]).json
    assert (found["metrics"], found["params"]) == (["bad", "loss", "system/cpu"], ["lr"])
    assert "mlproj.verdict" in found["tags"]


def test_curves(api: "Api", logged: str) -> None:
    (curve,) = ask(api, "metrics/curves", run_id=[logged], metric_key="loss").json["curves"]
    assert curve == {"run_id": logged, "at": [0, 1], "values": [0.5, 0.25], "exact": True}
    (curve,) = ask(api, "metrics/curves", run_id=[logged], metric_key="bad", points=1, start=0, end=5).json["curves"]
    assert curve["values"] == ["NaN"]
    assert ask(api, "metrics/curves", run_id=[logged], metric_key="loss", start=9).json == {}
    assert ask(api, "metrics/curves", run_id=["none"], metric_key="loss").json == {}


def test_a_curve_tells_what_is_no_finite_number(api: "Api", logged: str) -> None:
    values = ["NaN", "Infinity", "-Infinity", 1.5]
    metrics = [{"key": "odd", "value": value, "timestamp": step, "step": step} for step, value in enumerate(values)]
    assert api.post("runs/log-batch", run_id=logged, metrics=metrics).status == 200
    (curve,) = ask(api, "metrics/curves", run_id=[logged], metric_key="odd").json["curves"]
    assert curve["values"] == values


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"metric_key": "m"}, "Missing value for required parameter 'run_id'"),
        ({"run_id": "x"}, "Missing value for required parameter 'metric_key'"),
        ({"run_id": ["x"] * 101, "metric_key": "m"}, "At most 100 values for 'run_id'"),
        ({"run_id": "x", "metric_key": "m", "axis": "value; DROP"}, "It is one of step, timestamp"),
        ({"run_id": "x", "metric_key": "m", "points": 20_001}, "20000"),
    ],
)
def test_curves_that_cannot_be_had(api: "Api", query: dict[str, Any], message: str) -> None:
    answer = ask(api, "metrics/curves", **query)
    assert answer.status == 400
    assert message in answer.message


def test_long_answers_are_packed_for_those_who_can_unpack(api: "Api", logged: str) -> None:
    body = json.dumps({"max_results": 1000, "columns": ["params.lr"]}).encode()
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
    for _ in range(20):
        api.store.create_run(api.experiment_id, start_time=1)
    path = f"{api.url}/api/mlproj/runs/search-rows"
    packed = api.pool.request("POST", path, body=body, headers=headers, decode_content=False)
    assert packed.headers["content-encoding"] == "gzip"
    plain = api.pool.request("POST", path, body=body, headers={"Content-Type": "application/json"})
    assert "content-encoding" not in plain.headers
    assert json.loads(gzip.decompress(packed.data)) == json.loads(plain.data)


def record(run_id: str, **more: Any) -> RunRecord:
    source = Source(uri="/home/nobody/p", kind="local", commit="c" * 40)
    return replace(RunRecord(run_id=run_id, project="p", entry_point="main", command="true", source=source), **more)


def keep(api: "Api", run_id: str, name: str, text: str) -> None:
    api.store.artifacts(run_id).write(f"mlproj/{name}", iter([text.encode()]))


def test_causes_of_a_difference(api: "Api") -> None:
    other = api.store.create_run(api.experiment_id, start_time=1).run_id
    capture = Capture(diff="source/changes.diff")
    changed = Source(uri="/home/nobody/p", kind="local", commit="c" * 40, dirty=True, capture=capture)
    value = ParameterValue(value="<b>", type="string", origin="option", declared=True)
    keep(api, api.run_id, "run.json", to_json(record(api.run_id)))
    keep(api, other, "run.json", to_json(record(other, source=changed, parameters={"a": value})))
    diff = "diff --git a/x.py b/x.py\n-1\n+2\n"
    keep(api, other, "source/changes.diff", diff)
    found = ask(api, "runs/causes", run_id=api.run_id, other_run_id=other).json["causes"]
    assert [(cause["kind"], cause["name"]) for cause in found] == [("parameter", "a"), ("code", "x.py")]
    assert found[0]["after"] == "<b>"
    assert "before" not in found[0]
    assert found[1]["detail"] == diff
    back = ask(api, "runs/causes", run_id=other, other_run_id=api.run_id).json["causes"]
    assert "-+2" in back[1]["detail"]
    assert ask(api, "runs/causes", run_id=other, other_run_id=other).json == {}
    api.store.artifacts(other).delete("mlproj/source/changes.diff")
    assert ask(api, "runs/causes", run_id=api.run_id, other_run_id=other).status == 200


def test_a_server_of_others_rebuilds_no_code(api: "Api") -> None:
    other = api.store.create_run(api.experiment_id, start_time=1).run_id
    keep(api, api.run_id, "run.json", to_json(record(api.run_id)))
    elsewhere = Source(uri="/home/nobody/p", kind="local", commit="d" * 40)
    keep(api, other, "run.json", to_json(record(other, source=elsewhere)))
    (cause,) = ask(api, "runs/causes", run_id=api.run_id, other_run_id=other, code="true").json["causes"]
    assert (cause["kind"], "detail" in cause) == ("code", False)


def test_causes_need_records(api: "Api") -> None:
    answer = ask(api, "runs/causes", run_id=api.run_id, other_run_id=api.run_id)
    assert (answer.status, answer.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "has no record" in answer.message
    assert ask(api, "runs/causes", run_id="0" * 32, other_run_id=api.run_id).status == 404
    keep(api, api.run_id, "run.json", "{}")
    assert ask(api, "runs/causes", run_id=api.run_id, other_run_id=api.run_id).status == 400
    keep(api, api.run_id, "run.json", " " * (16 * 1024 * 1024 + 1))
    assert "too large" in ask(api, "runs/causes", run_id=api.run_id, other_run_id=api.run_id).message


def test_files_for_a_frame_are_shut_in(api: "Api") -> None:
    keep(api, api.run_id, "a b.HTML", "<script>1</script>")
    answer = ask(api, "artifacts/view", run_id=api.run_id, path="mlproj/a b.HTML")
    assert answer.content == b"<script>1</script>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == "inline"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    keep(api, api.run_id, "a.pdf", "<script>1</script>")
    pdf = ask(api, "artifacts/view", run_id=api.run_id, path="mlproj/a.pdf")
    assert (pdf.headers["content-type"], pdf.headers["x-content-type-options"]) == ("application/pdf", "nosniff")
    assert pdf.headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")
    keep(api, api.run_id, "a.txt", "x")
    assert ask(api, "artifacts/view", run_id=api.run_id, path="mlproj/a.txt").status == 400
    assert ask(api, "artifacts/view", run_id=api.run_id, path="../x.html").status == 400
    assert ask(api, "artifacts/view", run_id=api.run_id, path="none.html").status == 404
