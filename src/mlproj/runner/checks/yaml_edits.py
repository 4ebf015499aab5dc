"""Changes to YAML text that leave all else of it as it is: comments, order, line ends. Pure."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import Node


def with_key(text: str, place: Sequence[str | int], key: str, value: str) -> str | None:
    """The text with `key: value` (as YAML) put first in the mapping at a place; None where that would change more."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None and not place:
        return f"{text}{'' if text.endswith(chr(10)) or not text else _end_of_line(text)}{key}: {value}\n"
    node = _find(root, place)
    if not isinstance(node, yaml.MappingNode) or _times(root, node) > 1:
        return None
    if node.flow_style:
        at = text.index("{", node.start_mark.index) + 1
        return f"{text[:at]}{key}: {value}{', ' * bool(node.value)}{text[at:]}"
    first = node.value[0][0].start_mark
    if text[: first.index].rstrip(" ").endswith("?"):  # a key that is written as one: `? key`
        return None
    return f"{text[: first.index]}{key}: {value}{_end_of_line(text)}{' ' * first.column}{text[first.index :]}"


def with_item(text: str, place: Sequence[str | int], old: str, new: str) -> str | None:
    """The text with the items of a list at a place that are the text `old` written as `new`, which is YAML."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _find(root, place)
    if not isinstance(node, yaml.SequenceNode):
        return None
    for item in reversed(node.value):
        if isinstance(item, yaml.ScalarNode) and item.value == old and item.style not in {"|", ">"}:
            text = f"{text[: item.start_mark.index]}{new}{text[item.end_mark.index :]}"
    return text


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line (from 1) on which what stands at a place begins; 1 if nothing does."""
    import yaml

    node = _find(yaml.compose(text, Loader=yaml.SafeLoader), place)
    return 1 if node is None else int(node.start_mark.line) + 1


def quoted(text: str) -> str:
    """A text as YAML."""
    return json.dumps(text, ensure_ascii=False)


def _find(node: "Node | None", place: Sequence[str | int]) -> "Node | None":
    import yaml

    for part in place:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node


def _times(root: "Node | None", wanted: "Node") -> int:
    """How often a node stands in a document: an alias is the node itself."""
    import yaml

    found, waiting = 0, [root]
    while waiting:
        node = waiting.pop()
        found += node is wanted
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return found


def _end_of_line(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
