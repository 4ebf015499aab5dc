"""The JSON Schema of `run.json`, made of the values themselves."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from mlproj.record.values import SCHEMA_VERSION, RunRecord

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def json_schema() -> dict[str, Any]:
    """The schema: what a value's fields are called, of which kind they are, what their values mean.

    Keys that are not listed are allowed: a newer mlproj may write more.
    """
    defs: dict[str, Any] = {}
    root = _object(RunRecord, defs)
    root["properties"] = {
        "schema_version": {"const": SCHEMA_VERSION, "description": "The version of this format."},
        **root["properties"],
    }
    root["required"] = ["schema_version", *root["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The record of an mlproj run (run.json)",
        **root,
        "$defs": dict(sorted(defs.items())),
    }


def _object(kind: Any, defs: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {
        "description": " ".join((kind.__doc__ or "").replace("`", "'").split()),
        "type": "object",
        "properties": {field.name: _schema(hints[field.name], defs) for field in fields(kind)},
        "required": [
            field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING
        ],
    }


def _schema(kind: Any, defs: dict[str, Any]) -> dict[str, Any]:
    if is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in defs:
            defs[kind.__name__] = {}  # a capture has captures in it
            defs[kind.__name__] = _object(kind, defs)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    arguments, origin = get_args(kind), get_origin(kind)
    if origin in {Union, UnionType}:
        members = [_schema(member, defs) for member in arguments]
        if all(set(member) == {"type"} for member in members):
            return {"type": [member["type"] for member in members]}
        return {"anyOf": members}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], defs)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1], defs)}
    return {"type": _SCALARS[kind]}
