"""YAML text -> values that know their place: read once, with YAML 1.1 meanings as MLflow reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from yaml import Node

MAX_BYTES = 1 << 20
MAX_DEPTH = 100
MAX_VALUES = 100_000
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What PyYAML lets through when a scalar is not what its tag or its shape promises."""
PATIENCE = 1 << 16
"""Bytes up to which a file that the C parser refuses is tried with the slow one, whose word is MLflow's."""


class DocumentError(Exception):
    """The text holds no values at all; the room turns this into a diagnostic."""

    def __init__(self, message: str, *, hint: str | None = None, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file: Path | None = None
        self.hint = hint
        self.line = line
        self.column = column


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
        raise DocumentError(f"is {len(data) / 1e6:.1f} MB long; an MLproject file holds at most {MAX_BYTES >> 20} MiB")
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
        composer = _Composer(loader)
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


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end is still to come."""

    node: Any
    anchor: str | None
    weight: int = 1
    key: Any = None


@dataclass(slots=True)
class _Composer:
    """Builds nodes from parse events without recursion.

    The C library's own composer overflows the stack on deep nesting, and aliases let a small text stand for a huge
    value: both are counted here.
    """

    loader: Any
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Any] = field(default_factory=dict)
    weights: dict[int, int] = field(default_factory=dict)
    repeated: dict[int, list[Any]] = field(default_factory=dict)
    root: Any = None

    def compose(self) -> Any:
        import yaml

        event: Any = self.loader.get_event()
        while not isinstance(event, yaml.StreamEndEvent):
            match event:
                case yaml.AliasEvent():
                    self._add(self._target(event), None)
                case yaml.ScalarEvent():
                    self._add_scalar(yaml.ScalarNode, event)
                case yaml.SequenceStartEvent():
                    self._open(yaml.SequenceNode, event)
                case yaml.MappingStartEvent():
                    self._open(yaml.MappingNode, event)
                case yaml.CollectionEndEvent():
                    self._close()
                case yaml.DocumentStartEvent() if self.root is not None:
                    raise _at(event.start_mark, "holds a second YAML document", hint="keep what is above the '---'")
            event = self.loader.get_event()
        return self.root

    def _tag(self, kind: Any, value: str | None, event: Any) -> str:
        tag: str = event.tag
        return self.loader.resolve(kind, value, event.implicit) if tag in {None, "!"} else tag

    def _target(self, event: Any) -> Any:
        if any(collection.anchor == event.anchor for collection in self.stack):
            raise _at(event.start_mark, f"the alias *{event.anchor} stands inside what it names")
        if event.anchor not in self.anchors:
            raise _at(event.start_mark, f"the alias *{event.anchor} names nothing above it")
        return self.anchors[event.anchor]

    def _add_scalar(self, kind: Any, event: Any) -> None:
        tag = self._tag(kind, event.value, event)
        self._add(kind(tag, event.value, event.start_mark, event.end_mark, event.style), event.anchor)

    def _open(self, kind: Any, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _at(event.start_mark, f"is nested more than {MAX_DEPTH} levels deep")
        node = kind(self._tag(kind, None, event), [], event.start_mark, None, flow_style=event.flow_style)
        self.stack.append(_Open(node, event.anchor))

    def _close(self) -> None:
        closed = self.stack.pop()
        self.weights[id(closed.node)] = closed.weight
        if closed.node.id == "mapping":
            self._note_repeats(closed.node)
        self._add(closed.node, closed.anchor)

    def _note_repeats(self, node: Any) -> None:
        """Before merge keys are resolved: an own key may stand in for a merged one."""
        seen: set[str] = set()
        for key, _ in node.value:
            if _spelling(key) in seen and key.value != "<<":
                self.repeated.setdefault(id(node), []).append(key)
            seen.add(_spelling(key))

    def _add(self, node: Any, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.weight += self.weights.get(id(node), 1)
        if parent.weight > MAX_VALUES:
            raise _at(node.start_mark, f"holds more than {MAX_VALUES} values, counting what its aliases stand for")
        if parent.node.id == "sequence":
            parent.node.value.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            parent.node.value.append((parent.key, node))
            parent.key = None


def _locate(loader: Any, repeated: Mapping[int, list[Any]], node: Any, value: object) -> Item:
    place = {"line": node.start_mark.line + 1, "column": node.start_mark.column + 1}
    if isinstance(value, dict) and node.id == "mapping":
        keys = {_spelling(pair[0]): pair for pair in node.value}
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
        raise _at(node.start_mark, "holds half a surrogate pair, which is no character")
    return Item(value=value, text=node.value, **place)


def _spelling(node: Any) -> str:
    return str(node.value) if node.id == "scalar" else f"?{id(node)}"


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
                return _at(node.start_mark, f"{node.value[:40]!r} cannot be read as a YAML {kind}", hint="quote it")
        elif node.id == "sequence":
            waiting.extend(reversed(node.value))
        else:
            waiting.extend(part for pair in reversed(node.value) for part in reversed(pair))
    return DocumentError("holds a value that YAML cannot read")


def _at(mark: Any, message: str, *, hint: str | None = None) -> DocumentError:
    return DocumentError(message, hint=hint, line=mark.line + 1, column=mark.column + 1)


def _explain(error: Any, text: str) -> DocumentError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if mark is None:
        return DocumentError(f"is not YAML: {problem}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    return _at(mark, f"is not YAML: {problem}", hint=_advice(problem, line))


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
