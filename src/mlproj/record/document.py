"""`run.json`: writing a record and reading one back. Unknown keys are ignored: older readers read newer files."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from mlproj.errors import InvalidValueError
from mlproj.record.values import SCHEMA_VERSION, RunRecord


def to_json(record: RunRecord) -> str:
    """The text of `run.json`: UTF-8 JSON with `schema_version` first, keys in the order of the values' fields."""
    text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(record)}, indent=2, ensure_ascii=False) + "\n"
    # Names of files need not be text; what stands for the other bytes is escaped, as UTF-8 cannot have it.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


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
        record: RunRecord = _read(RunRecord, data)
    except (TypeError, AttributeError) as error:
        raise InvalidValueError(f"not a run record: {error}", where="run.json") from error
    return record


def _read(kind: Any, data: Any) -> Any:
    """A value of the annotated kind from what JSON made of it."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        known = {field.name for field in fields(kind)}
        return kind(**{key: _read(hints[key], value) for key, value in data.items() if key in known})
    arguments = get_args(kind)
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        if data is None and NoneType in arguments:
            return None
        return _read(next(member for member in arguments if member is not NoneType), data)
    if origin is tuple:
        return tuple(_read(arguments[0], item) for item in data)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _read(arguments[1], value) for key, value in data.items()}
    return data
