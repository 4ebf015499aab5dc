import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.record.document import from_json, to_json
from mlproj.record.values import (
    Capture,
    EnvironmentRecord,
    FileFact,
    Hardware,
    OutputRecord,
    ParameterValue,
    RunRecord,
    Source,
)

texts = st.text(max_size=30)
maybe = st.none() | texts
captures = st.recursive(
    st.builds(Capture, diff=maybe),
    lambda inner: st.builds(Capture, submodules=st.dictionaries(texts, inner, max_size=2)),
    max_leaves=3,
)
sources = st.builds(
    Source,
    uri=texts,
    kind=st.sampled_from(["local", "git", "archive"]),
    version=maybe,
    commit=maybe,
    branch=maybe,
    repository=maybe,
    subdirectory=maybe,
    dirty=st.none() | st.booleans(),
    capture=st.none() | captures,
)
environments = st.builds(
    EnvironmentRecord,
    kind=texts,
    manager=texts,
    key=maybe,
    python=maybe,
    interpreter=maybe,
    lock_format=maybe,
    lock_hash=maybe,
    lock=maybe,
)
parameters = st.builds(ParameterValue, value=maybe, type=texts, origin=texts, declared=st.booleans())
files = st.builds(FileFact, path=texts, size=st.integers(0), sha256=texts)
outputs = st.builds(OutputRecord, declared=texts, files=st.lists(files, max_size=2).map(tuple))
records = st.builds(
    RunRecord,
    run_id=texts,
    project=maybe,
    entry_point=texts,
    command=maybe,
    source=sources,
    parameters=st.dictionaries(texts, parameters, max_size=3),
    environment=st.none() | environments,
    phases=st.dictionaries(texts, st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    exit_code=st.none() | st.integers(0, 255),
    end_reason=maybe,
    mlproj_version=maybe,
    arguments=st.lists(texts, max_size=2).map(tuple),
    outputs=st.dictionaries(texts, outputs, max_size=2),
    hardware=st.builds(Hardware, cpu=maybe, gpus=st.lists(texts, max_size=2).map(tuple)),
    seed=st.none() | st.integers(0, 2**32 - 1),
    variables=st.dictionaries(texts, maybe, max_size=2),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(records)
def test_record_survives_a_round_trip(record: RunRecord) -> None:
    assert from_json(to_json(record)) == record


def changed(**values: object) -> str:
    """A record with some of its keys changed."""
    record = RunRecord(run_id="1", project=None, entry_point="main", command=None, source=Source(uri=".", kind="local"))
    return json.dumps({**json.loads(to_json(record)), **values})


def test_numbers_may_be_whole() -> None:
    assert from_json(changed(phases={"fetch": 1}, exit_code=3)).phases == {"fetch": 1}


def test_unknown_keys_are_ignored() -> None:
    record = RunRecord(run_id="1", project=None, entry_point="main", command=None, source=Source(uri=".", kind="local"))
    data = json.loads(to_json(record))
    data["added_later"] = {"x": 1}
    data["source"]["tree"] = "abc"
    assert from_json(json.dumps(data)) == record


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a run record"),
        ("[]", "no schema_version"),
        ("{}", "no schema_version"),
        ('{"schema_version": 99}', "newer"),
        ('{"schema_version": 1}', "it has no run_id"),
        (changed(source={}), "source has no uri"),
        (changed(source="/x"), "source is no object"),
        (changed(parameters=[]), "parameters is no object"),
        (changed(parameters={"a b": {}}), r"parameters\.a b has no value"),
        (changed(arguments="-x"), "arguments is no list"),
        (changed(arguments=[1]), "an item of arguments is no text"),
        (changed(phases={"fetch": "1"}), r"phases\.fetch is no number"),
        (changed(exit_code=True), "exit_code is no whole number"),
        (changed(run_id=None), "run_id is no text"),
        (changed(environment={"kind": "python", "manager": "conda", "lock": 5}), r"environment\.lock is no text"),
    ],
)
def test_what_is_no_record_is_said_so(text: str, says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        from_json(text)
