"""What a server with an address of its own allows whom."""

from pathlib import Path
from typing import Any

import pytest

from mlproj.server.listening import listen
from mlproj.server.plan import ServerPlan
from mlproj.server.standalone import is_for_one


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"auth": Path("users.json")}, False),
        ({"static_prefix": "/behind"}, False),
        ({"allowed_hosts": ("runs.example.org",)}, False),
        ({"host": "0.0.0.0"}, False),
    ],
)
def test_a_server_for_one_is_one_that_nobody_else_reaches(given: dict[str, Any], *, expected: bool) -> None:
    plan = ServerPlan(**{"port": 0, **given})
    with listen(plan.host, plan.port) as listening:
        assert is_for_one(plan, listening) is expected
