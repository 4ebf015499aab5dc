"""`run.json`: writing a record and reading one back. Unknown keys are ignored: older readers read newer files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from mlproj.errors import InvalidValueError
from mlproj.record.values import SCHEMA_VERSION, EnvironmentRecord, ParameterValue, RunRecord, Source

Value = TypeVar("Value", Source, EnvironmentRecord, ParameterValue)


def to_json(record: RunRecord) -> str:
    """The text of `run.json`: UTF-8 JSON with `schema_version` first, keys in the order of the values' fields."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **asdict(record)}, indent=2, ensure_ascii=False) + "\n"


def from_json(text: str) -> RunRecord:
    """Read `run.json`. Raises InvalidValueError if it is no record, or one of a schema that we cannot read."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidValueError(f"not a run record: {error}", where="run.json") from error
    if not isinstance(data, dict) or not isinstance(data.get("schema_version"), int):
        raise InvalidValueError("not a run record: no schema_version", where="run.json")
    if data["schema_version"] > SCHEMA_VERSION:
        raise InvalidValueError(
            f"schema_version {data['schema_version']} is newer than {SCHEMA_VERSION}",
            where="run.json",
            hint="upgrade mlproj",
        )
    try:
        return _read_record(data)
    except (TypeError, AttributeError) as error:
        raise InvalidValueError(f"not a run record: {error}", where="run.json") from error


def _read_record(data: Mapping[str, Any]) -> RunRecord:
    environment = data.get("environment")
    known = {field.name for field in fields(RunRecord)}
    plain = {key: value for key, value in data.items() if key in known}
    parameters = {name: _read(ParameterValue, value) for name, value in data.get("parameters", {}).items()}
    return RunRecord(
        **{
            **plain,
            "source": _read(Source, data.get("source", {})),
            "environment": None if environment is None else _read(EnvironmentRecord, environment),
            "parameters": parameters,
        }
    )


def _read(kind: type[Value], data: Mapping[str, Any]) -> Value:
    known = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in data.items() if key in known})
