"""The published schema of `run.json` is that of the values, and records keep to it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from mlproj.record.document import to_json
from mlproj.record.schema import json_schema
from mlproj.record.values import Capture, FileFact, NotRecorded, RunRecord, Source

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "run.schema.json"


def record_of(source: Source) -> RunRecord:
    return RunRecord(run_id="r", project=None, entry_point="main", command=None, source=source)


def test_the_published_schema_is_that_of_the_values() -> None:
    """To write it anew: json.dumps(json_schema(), indent=2) and a line feed."""
    assert PUBLISHED.read_text() == json.dumps(json_schema(), indent=2) + "\n"
    Draft202012Validator.check_schema(json_schema())


def test_records_keep_to_the_schema() -> None:
    inner = Capture(diff="source/submodules/a/changes.diff", untracked=(FileFact(path="x", size=1, sha256="0" * 64),))
    outer = Capture(submodules={"a": inner}, dropped=(NotRecorded(path=".env", reason="secret"),))
    record = record_of(Source(uri="/x", kind="local", dirty=True, capture=outer))
    Draft202012Validator(json_schema()).validate(json.loads(to_json(record)))


@pytest.mark.parametrize(
    "change", [{"schema_version": 2}, {"source": None}, {"exit_code": "0"}, {"inputs": []}, {"phases": {"a": "b"}}]
)
def test_what_is_no_record_is_refused(change: dict[str, object]) -> None:
    data = json.loads(to_json(record_of(Source(uri="/x", kind="local")))) | change
    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema()).validate(data)


def test_keys_of_a_newer_version_are_allowed() -> None:
    data = json.loads(to_json(record_of(Source(uri="/x", kind="local")))) | {"new": 1}
    Draft202012Validator(json_schema()).validate(data)
