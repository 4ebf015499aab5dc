"""Requests made from the description of the API, fitting it and not: none of them is a fault of ours."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
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
from mlproj.tracking.opening import open_sqlite

EXAMPLES = 6
MODES = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
SCHEMA = schemathesis.openapi.from_dict(description())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]


@dataclass(frozen=True, slots=True)
class Target:
    """The application, and arguments that name something that is there."""

    app: Starlette
    known: dict[str, str]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    errors: list[BaseException] = []
    with closing(open_sqlite(tmp_path_factory.mktemp("fuzzed") / "mlproj.db")) as store:
        run = store.create_run("0", start_time=1)
        store.registry.create_model("m")
        store.registry.create_version("m", "s3://bucket/model")
        model = store.create_logged_model("0", name="a")
        known = {"experiment_id": "0", "run_id": run.run_id, "name": "m", "version": "1", "model_id": model.model_id}
        with Service(store, errors.append) as service:
            yield Target(build_app(service), {**known, "run_uuid": run.run_id, "key": "k", "page_token": ""})
    assert errors == []


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
