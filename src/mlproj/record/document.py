"""`run.json`: writing a record and reading one back. Unknown keys are ignored: older readers read newer files."""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from mlproj.errors import InvalidValueError
from mlproj.record.values import SCHEMA_VERSION, RunRecord

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "object", list: "list"}


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
        record: RunRecord = _read(RunRecord, data, "it")
    except TypeError as error:
        raise InvalidValueError(f"not a run record: {error}", where="run.json") from error
    return record


def _read(kind: Any, data: Any, name: str) -> Any:
    """A value of the annotated kind from what JSON made of it; `name` is what it is called. Raises TypeError."""
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_value(kind, data, name)
    arguments = get_args(kind)
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        if data is None and NoneType in arguments:
            return None
        return _read(next(member for member in arguments if member is not NoneType), data, name)
    if origin is tuple:
        return tuple(_read(arguments[0], item, f"an item of {name}") for item in _is(data, list, name))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _read(arguments[1], value, f"{name}.{key}") for key, value in _is(data, dict, name).items()}
    return _is(data, kind, name)


def _read_value(kind: Any, data: Any, name: str) -> Any:
    hints, known = get_type_hints(kind), {field.name: field for field in fields(kind)}
    given = {key: value for key, value in _is(data, dict, name).items() if key in known}
    for key, field in known.items():
        if key not in given and field.default is MISSING and field.default_factory is MISSING:
            raise TypeError(f"{name} has no {key}")
    inside = "" if name == "it" else f"{name}."
    return kind(**{key: _read(hints[key], value, f"{inside}{key}") for key, value in given.items()})


def _is(data: Any, kind: Any, name: str) -> Any:
    """JSON writes whole numbers for some that are not."""
    fits = isinstance(data, float | int if kind is float else kind) and (kind is bool or not isinstance(data, bool))
    if not fits:
        raise TypeError(f"{name} is no {_WORDS.get(kind, kind.__name__)}")
    return data
