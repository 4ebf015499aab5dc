"""Parse events -> nodes, without recursion and within limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 100
MAX_VALUES = 100_000


class DocumentError(Exception):
    """The text holds no values at all; the room turns this into a diagnostic."""

    def __init__(self, message: str, *, hint: str | None = None, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file: Path | None = None
        self.hint = hint
        self.line = line
        self.column = column


def at(mark: Any, message: str, *, hint: str | None = None) -> DocumentError:
    return DocumentError(message, hint=hint, line=mark.line + 1, column=mark.column + 1)


def spelling_of(node: Any) -> str:
    return str(node.value) if node.id == "scalar" else f"?{id(node)}"


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end is still to come."""

    node: Any
    anchor: str | None
    weight: int = 1
    key: Any = None


@dataclass(slots=True)
class Composer:
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
                    raise at(event.start_mark, "holds a second YAML document", hint="keep what is above the '---'")
            event = self.loader.get_event()
        return self.root

    def _tag(self, kind: Any, value: str | None, event: Any) -> str:
        tag: str = event.tag
        return self.loader.resolve(kind, value, event.implicit) if tag in {None, "!"} else tag

    def _target(self, event: Any) -> Any:
        if any(collection.anchor == event.anchor for collection in self.stack):
            raise at(event.start_mark, f"the alias *{event.anchor} stands inside what it names")
        if event.anchor not in self.anchors:
            raise at(event.start_mark, f"the alias *{event.anchor} names nothing above it")
        return self.anchors[event.anchor]

    def _add_scalar(self, kind: Any, event: Any) -> None:
        tag = self._tag(kind, event.value, event)
        self._add(kind(tag, event.value, event.start_mark, event.end_mark, event.style), event.anchor)

    def _open(self, kind: Any, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise at(event.start_mark, f"is nested more than {MAX_DEPTH} levels deep")
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
            if spelling_of(key) in seen and key.value != "<<":
                self.repeated.setdefault(id(node), []).append(key)
            seen.add(spelling_of(key))

    def _add(self, node: Any, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.weight += self.weights.get(id(node), 1)
        if parent.weight > MAX_VALUES:
            raise at(node.start_mark, f"holds more than {MAX_VALUES} values, counting what its aliases stand for")
        if parent.node.id == "sequence":
            parent.node.value.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            parent.node.value.append((parent.key, node))
            parent.key = None
