from dataclasses import replace

import pytest

from mlproj.record.reuse_key import PARTS, from_tag, missing_part, reuse_key
from mlproj.record.values import (
    EnvironmentRecord,
    FileFact,
    ImageRecord,
    InputRecord,
    ParameterValue,
    RunRecord,
    Source,
)

ENVIRONMENT = EnvironmentRecord(kind="python", manager="virtualenv", key="k", python="3.11.9", lock_hash="l", lock="x")
SOURCE = Source(uri="/p", kind="local", tree_hash="t" * 64, submodules={"lib": "1" * 40})
RECORD = RunRecord(
    run_id="a",
    project="p",
    entry_point="main",
    command="x",
    source=SOURCE,
    parameters={"alpha": ParameterValue(value="1", type="int", origin="default", declared=True)},
    environment=ENVIRONMENT,
    inputs={"d": InputRecord(declared="d", files=(FileFact(path="d", size=1, sha256="s"),), sha256="s", count=1)},
    variables={"MODE": "x"},
    seed=1,
)
PARAMETER = RECORD.parameters["alpha"]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"project": "q"}, "project"),
        ({"entry_point": "eval"}, "entry point"),
        ({"parameters": {"alpha": replace(PARAMETER, value="2")}}, "parameters"),
        ({"arguments": ("-x",)}, "arguments"),
        ({"source": replace(SOURCE, tree_hash="u" * 64)}, "code"),
        ({"source": replace(SOURCE, submodules={"lib": "2" * 40})}, "code"),
        ({"environment": replace(ENVIRONMENT, lock_hash="m")}, "environment"),
        ({"environment": replace(ENVIRONMENT, key="j")}, "environment"),
        ({"environment": replace(ENVIRONMENT, image=ImageRecord(name="i", id="1"))}, "environment"),
        ({"inputs": {"d": replace(RECORD.inputs["d"], sha256="t")}}, "inputs"),
        ({"variables": {"MODE": None}}, "variables"),
        ({"variables": {}}, "variables"),
        ({"seed": None}, "seed"),
        ({"environment": replace(ENVIRONMENT, python="3.12.0")}, "interpreter"),
    ],
)
def test_each_part_counts(changes: dict[str, object], part: str) -> None:
    ours, other = reuse_key(RECORD), reuse_key(replace(RECORD, **changes))  # type: ignore[arg-type] # fields by name
    assert ours is not None
    assert other is not None
    assert ours.hash != other.hash
    assert ours.first_difference(other) == part
    assert ours.agreement(other) == len(PARTS) - 1


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": "b"},
        {"exit_code": 0},
        {"parameters": {"alpha": replace(PARAMETER, origin="option")}},
        {"source": replace(SOURCE, uri="/elsewhere", branch="x", dirty=True)},
    ],
)
def test_what_does_not_matter(changes: dict[str, object]) -> None:
    ours, other = reuse_key(RECORD), reuse_key(replace(RECORD, **changes))  # type: ignore[arg-type] # fields by name
    assert ours is not None
    assert other is not None
    assert ours.hash == other.hash
    assert ours.first_difference(other) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"source": replace(SOURCE, tree_hash=None)},
        {"environment": None},
        {"environment": EnvironmentRecord(kind="local", manager="local", python="3.11")},
        {"parameters": {"token": ParameterValue(value=None, type="string", origin="option", declared=True)}},
        {"variables": {"TOKEN": "[secret]"}},
        {"arguments": ("--token=[secret]",)},
    ],
)
def test_what_is_not_known_is_never_reused(changes: dict[str, object]) -> None:
    assert reuse_key(replace(RECORD, **changes)) is None  # type: ignore[arg-type] # fields by name
    assert missing_part(replace(RECORD, **changes))  # type: ignore[arg-type] # fields by name
    assert missing_part(RECORD) is None


def test_a_key_survives_its_tag() -> None:
    key = reuse_key(RECORD)
    assert key is not None
    assert from_tag(key.to_tag()) == key
    assert from_tag("no json") is None
    assert from_tag("[1]") is None


def test_secrets_count_by_their_digests() -> None:
    token = ParameterValue(value=None, type="string", origin="option", declared=True)
    hidden = replace(RECORD, parameters={"token": token}, variables={"TOKEN": "[secret]"})
    keys = [
        reuse_key(replace(hidden, secret_digests={"parameters.token": "k:1", "variables.TOKEN": "k:1", **digests}))
        for digests in ({}, {}, {"parameters.token": "k:2"}, {"variables.TOKEN": "k:2"})
    ]
    same, again, parameter, variable = keys
    assert same is not None
    assert parameter is not None
    assert variable is not None
    assert same == again
    assert same.first_difference(parameter) == "parameters"
    assert same.first_difference(variable) == "variables"
    assert reuse_key(replace(hidden, secret_digests={"variables.TOKEN": "k:1"})) is None
