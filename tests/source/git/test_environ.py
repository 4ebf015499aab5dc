"""What git programs of ours may do, whatever the caller's environment says."""

import pytest

from mlproj.source.git.environ import PROTOCOLS, git_environ


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({}, PROTOCOLS),
        ({"GIT_ALLOW_PROTOCOL": "file"}, "file"),
        ({"GIT_ALLOW_PROTOCOL": "ext:ssh:https:fd"}, "https:ssh"),
        ({"GIT_ALLOW_PROTOCOL": ""}, ""),
    ],
)
def test_a_caller_may_allow_fewer_protocols(given: dict[str, str], allowed: str) -> None:
    assert git_environ(given, terminal=False)["GIT_ALLOW_PROTOCOL"] == allowed
