"""Requests made from the description of the API, fitting it and not: none of them is a fault of ours."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from starlette.applications import Starlette

from mlproj.server.app import build_app
from mlproj.server.openapi import description
from mlproj.server.service import Service
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Dataset, DatasetInput, Metric
from mlproj.tracking.opening import open_sqlite

EXAMPLES = 6
MODES = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
SCHEMA = schemathesis.openapi.from_dict(description())
OPERATIONS = sorted(
    (found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)),
    key=lambda operation: any(word in operation.label.lower() for word in ("delete", "rename")),  # what removes is last
)


@dataclass(frozen=True, slots=True)
class Target:
    """The application, and arguments that name something that is there."""

    app: Starlette
    known: dict[str, object]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    errors: list[BaseException] = []
    with closing(open_sqlite(tmp_path_factory.mktemp("fuzzed") / "mlproj.db")) as store:
        known = _filled(store)
        with Service(store, errors.append) as service:
            yield Target(build_app(service), known)
    assert errors == []


def _filled(store: LocalStore) -> dict[str, object]:
    """Puts one of each into a store; arguments of requests that find it."""
    run_id = store.create_run("0", start_time=1, tags={"k": "v"}).run_id
    points = [Metric(key="k", value=value, timestamp=step, step=step) for step, value in enumerate((1, nan, inf, -2.5))]
    store.log_batch(run_id, metrics=points, params={"k": "v"})
    store.log_inputs(run_id, datasets=[DatasetInput(dataset=Dataset(name="k", digest="k"))])
    model = store.create_logged_model("0", name="a", source_run_id=run_id, tags={"k": "v"}, params={"k": "v"})
    for uri in (store.get_run(run_id).artifact_uri, model.artifact_uri):
        store.artifacts_at(uri).write("a/file.txt", iter([b"text"]))
    store.registry.create_model("m", tags={"k": "v"})
    store.registry.create_version("m", f"models:/{model.model_id}", run_id=run_id, model_id=model.model_id)
    store.registry.set_alias("m", "k", 1)
    runs = {**dict.fromkeys(("run_id", "run_uuid", "other_run_id"), run_id), "run_ids": [run_id]}
    files = {"path": "a/file.txt", "artifact_file_path": "a/file.txt", "artifact_directory_path": "a"}
    model_facts = {"name": "m", "version": "1", "alias": "k", "model_id": model.model_id}
    keys = {"key": "k", "metric_key": "k", "tag_key": "k", "page_token": ""}
    return {"experiment_id": "0", "experiment_ids": ["0"], **runs, **files, **model_facts, **keys}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_request_makes_the_server_fail(target: Target, operation: Any) -> None:
    takes_nothing = not (operation.body or operation.query or operation.path_parameters)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        mode = GenerationMode.POSITIVE if takes_nothing else data.draw(MODES)
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if data.draw(st.booleans()):
            for place in (case.body, case.query, case.path_parameters):
                if isinstance(place, dict):
                    place |= {name: value for name, value in target.known.items() if name in place}
        response = case.call(app=target.app)
        assert response.status_code < 500 or response.status_code == 501, response.text

    send()
