"""YAML text -> values that know their place: read once, with YAML 1.1 meanings as MLflow reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlproj.project.composing import Composer, DocumentError, at, spelling_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yaml import Node

MAX_BYTES = 1 << 20
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What PyYAML lets through when a scalar is not what its tag or its shape promises."""
PATIENCE = 1 << 14
"""Bytes up to which a file that the C parser refuses is tried with the slow one, whose word is MLflow's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A value at a place. `text` is a scalar's own spelling, `entries` and `items` what a mapping or list holds.

    Keys of `entries` are the spelling of the key; `repeated` holds the keys that are there a second time.
    """

    value: object
    line: int
    column: int
    text: str | None = None
    entries: Mapping[str, Entry] | None = None
    items: tuple[Item, ...] | None = None
    repeated: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and its value."""

    key: Item
    value: Item


def parse(data: bytes) -> Item:
    """Read a document. Raises DocumentError for what YAML refuses and for what no honest file holds."""
    import yaml

    text = _decode(data)
    fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _parse_with(fast, text)
    except yaml.YAMLError as error:
        if fast is yaml.SafeLoader or len(data) > PATIENCE:
            raise _explain(error, text) from error
    try:
        return _parse_with(yaml.SafeLoader, text)
    except yaml.YAMLError as error:
        raise _explain(error, text) from error


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise DocumentError(f"is longer than {MAX_BYTES >> 20} MiB, which no honest MLproject file is")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("is UTF-16 text", hint="save it as UTF-8")
    if b"\0" in data:
        raise DocumentError("is binary data, not text", line=data.count(b"\n", 0, data.index(b"\0")) + 1, column=1)
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError("is not UTF-8 text", hint="save it as UTF-8", line=line, column=1) from error


def _parse_with(loader_class: Any, text: str) -> Item:
    loader = loader_class(text)
    try:
        composer = Composer(loader)
        root = composer.compose()
        if root is None:
            raise DocumentError("is empty", hint="declare entry_points, or remove the file")
        try:
            value = loader.construct_document(root)
        except UNREADABLE as error:
            raise _find_unreadable(loader, root) from error
        return _locate(loader, composer.repeated, root, value)
    finally:
        loader.dispose()


def _locate(loader: Any, repeated: Mapping[int, list[Any]], node: Any, value: object) -> Item:
    place = {"line": node.start_mark.line + 1, "column": node.start_mark.column + 1}
    if isinstance(value, dict) and node.id == "mapping":
        keys = {spelling_of(pair[0]): pair for pair in node.value}
        entries = {}
        for spelling, (key_node, value_node) in keys.items():
            key = loader.construct_object(key_node, deep=True)
            entries[spelling] = Entry(
                key=_locate(loader, repeated, key_node, key),
                value=_locate(loader, repeated, value_node, value.get(key)),
            )
        twice = tuple(
            _locate(loader, {}, key, loader.construct_object(key, deep=True)) for key in repeated.get(id(node), ())
        )
        return Item(value=value, entries=entries, repeated=twice, **place)
    if isinstance(value, list) and node.id == "sequence" and len(value) == len(node.value):
        items = tuple(_locate(loader, repeated, child, part) for child, part in zip(node.value, value, strict=True))
        return Item(value=value, items=items, **place)
    if node.id != "scalar":
        return Item(value=value, **place)
    if any("\ud800" <= character <= "\udfff" for character in node.value):
        raise at(node.start_mark, "holds half a surrogate pair, which is no character")
    return Item(value=value, text=node.value, **place)


def _find_unreadable(loader: Any, root: Node) -> DocumentError:
    """Which scalar it was that a tag or its own shape promised to be something else."""
    loader.recursive_objects.clear()
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if node.id == "scalar":
            try:
                loader.construct_object(node)
            except UNREADABLE:
                kind = node.tag.rpartition(":")[2]
                return at(node.start_mark, f"{node.value[:40]!r} cannot be read as a YAML {kind}", hint="quote it")
        elif node.id == "sequence":
            waiting.extend(reversed(node.value))
        else:
            waiting.extend(part for pair in reversed(node.value) for part in reversed(pair))
    return DocumentError("holds a value that YAML cannot read")


def _explain(error: Any, text: str) -> DocumentError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if mark is None:
        return DocumentError(f"is not YAML: {problem}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    return at(mark, f"is not YAML: {problem}", hint=_advice(problem, line))


def _advice(problem: str, line: str) -> str | None:
    if "{{" in line or "{%" in line:
        return "this looks like a template that was never rendered"
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return "quote a value that holds ': '"
    if "cannot start any token" in problem or "unhashable" in problem:
        return "quote the value"
    return None
