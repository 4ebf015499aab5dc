from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlproj.runner.checks.yaml_edits import line_of, quoted, with_item, with_key

MAIN = ("entry_points", "main")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("entry_points:\n  main: {command: x} # c\n", "entry_points:\n  main: {seed: 0, command: x} # c\n"),
        ('{entry_points: {"main": {}}}', '{entry_points: {"main": {seed: 0}}}'),
        ("entry_points:\n  main:\n    # c\n    a: b\n", "entry_points:\n  main:\n    # c\n    seed: 0\n    a: b\n"),
        ("entry_points:\r\n  main:\r\n    a: b\r\n", "entry_points:\r\n  main:\r\n    seed: 0\r\n    a: b\r\n"),
        ("entry_points:\n  main: &x {a: b}\n", "entry_points:\n  main: &x {seed: 0, a: b}\n"),
    ],
)
def test_a_key_goes_first(before: str, after: str) -> None:
    assert with_key(before, MAIN, "seed", "0") == after


@pytest.mark.parametrize(
    "text",
    [
        "entry_points:\n  main: &x\n    a: b\n  other: *x\n",
        "entry_points:\n  main: x\n",
        "entry_points: [main]\n",
        "entry_points:\n  main:\n    ? a\n    : b\n",
        "entry_points:\n  other: {a: b}\n",
    ],
)
def test_where_no_key_can_go(text: str) -> None:
    assert with_key(text, MAIN, "seed", "0") is None


def test_a_key_in_a_file_that_holds_nothing() -> None:
    assert with_key("# note", (), "python", "'3.11'") == "# note\npython: '3.11'\n"
    assert with_key("", (), "python", "'3.11'") == "python: '3.11'\n"


def test_items_are_written_anew_wherever_they_stand() -> None:
    text = 'inputs: [a.csv, "b c.csv"] # a.csv\nother:\n- a.csv\n'
    changed = with_item(text, ("inputs",), "a.csv", "{path: x}")
    assert changed == 'inputs: [{path: x}, "b c.csv"] # a.csv\nother:\n- a.csv\n'
    assert with_item(text, ("other",), "a.csv", "X") == text.replace("- a.csv", "- X")
    assert with_item("inputs:\n- |-\n  a.csv\n", ("inputs",), "a.csv", "X") == "inputs:\n- |-\n  a.csv\n"
    assert with_item("inputs: a.csv\n", ("inputs",), "a.csv", "X") is None
    assert line_of(text, ("other", 0)) == 3
    assert line_of(text, ("nothing",)) == 1


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


@given(
    st.dictionaries(KEYS, st.dictionaries(KEYS, TEXTS | st.lists(TEXTS, max_size=3), min_size=1), min_size=1),
    st.sampled_from([True, False, None]),
    st.data(),
)
def test_nothing_else_changes(document: dict[str, dict[str, Any]], flow: bool | None, data: st.DataObject) -> None:  # noqa: FBT001 - a style of PyYAML's
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True)
    name = data.draw(st.sampled_from(sorted(document)))
    changed = with_key(text, (name,), quoted("a new key"), quoted("é '\"\n#: {}"))
    document[name] = {"a new key": "é '\"\n#: {}", **document[name]}
    assert changed is not None
    assert yaml.safe_load(changed) == document
