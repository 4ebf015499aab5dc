import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlproj.project.composing import MAX_DEPTH, MAX_VALUES, DocumentError
from mlproj.project.document import Item, parse

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 10)
)
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{number}: &a{number}\n  <<: [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 10)
)


def refusal(data: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    return caught.value


def entry(item: Item, *keys: str) -> Item:
    for key in keys:
        assert item.entries is not None
        item = item.entries[key].value
    return item


def test_every_value_knows_its_place_and_its_spelling() -> None:
    item = parse(b"name: x\nparts:\n  - 1e-1\n  - {rate: .50}\n")
    assert (item.line, item.column) == (1, 1)
    parts = entry(item, "parts").items
    assert parts is not None
    assert [(part.line, part.column) for part in parts] == [(3, 5), (4, 5)]
    rate = entry(parts[1], "rate")
    assert (rate.value, rate.text, rate.line, rate.column) == (0.5, ".50", 4, 12)


def test_columns_count_characters() -> None:
    item = parse("{é😀: x, b: y}".encode())
    assert item.entries is not None
    assert item.entries["b"].key.column == 9


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-1", "1e-1"), ("3.10", 3.1), ("12:30", 750), ("on", True), ("0o17", "0o17"), ("017", 15), ("~", None)],
)
def test_scalars_mean_what_yaml_1_1_says(text: str, value: object) -> None:
    assert parse(f"a: {text}".encode()).value == {"a": value}


def test_keys_are_known_by_their_spelling() -> None:
    item = parse(b"on: a\n2: b\n.nan: d\n")
    assert list(item.entries or {}) == ["on", "2", ".nan"]
    assert entry(item, "on").value == "a"
    assert entry(item, ".nan").line == 3


def test_repeated_keys_are_found_and_the_last_counts() -> None:
    item = parse(b"a: 1\nb: {c: 1, c: 2}\na: 3\n'a': 4\n")
    assert [(key.text, key.line) for key in item.repeated] == [("a", 3), ("a", 4)]
    assert entry(item, "a").value == 4
    assert [key.text for key in entry(item, "b").repeated] == ["c"]


def test_a_key_of_ones_own_beside_a_merged_one_is_no_repetition() -> None:
    item = parse(b"base: &b {type: int, default: 1}\nmine:\n  <<: *b\n  default: 2\n")
    mine = entry(item, "mine")
    assert mine.value == {"type": "int", "default": 2}
    assert mine.repeated == ()
    assert entry(mine, "default").line == 4


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    expected = {"a": "x y\n", "b": None}
    assert parse(b"\xef\xbb\xbfa: |\r\n  x y\r\nb:\r\n").value == expected


def test_what_only_the_slow_parser_takes_is_taken() -> None:
    text = "command: >-\n  \tpython x.py\n  --b\n"
    assert parse(text.encode()).value == yaml.safe_load(text)


def test_tabs_at_the_end_of_a_line_are_taken() -> None:
    assert parse(b"name: x\t\n").value == {"name": "x"}


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "is empty", 0),
        (b"# nothing\n", "is empty", 0),
        (b"a: 1\nb: \xff\n", "not UTF-8", 2),
        ("a: é".encode("utf-16"), "UTF-16", 0),
        (b"PK\x03\x04\n\0\0", "binary data", 2),
        (b"a: \x07\n", "is not YAML", 0),
        (b"a: [", "is not YAML", 1),
        (b"a: 1\n---\nb: 1\n", "second YAML document", 2),
        (b"a: *b", "names nothing above", 1),
        (b"a: &b\n  c: *b", "inside what it names", 2),
        (b"a: !!int x", "cannot be read as a YAML int", 1),
        (b"a: !!int ''", "cannot be read as a YAML int", 1),
        (b"- x\n- {k: !!float y}", "cannot be read as a YAML float", 2),
        (b"a: !unknown x", "is not YAML", 1),
        (b"a: 2020-99-99", "cannot be read as a YAML timestamp", 1),
        (b"? {a: b}\n: c", "is not YAML", 1),
        (b'a: "\\ud800"', "surrogate", 1),
        (b"a: " + b"9" * 5000, "cannot be read as a YAML int", 1),
        (b"[" * 200_000, "nested more than", 1),
        (b"- " * 200_000, "nested more than", 1),
        (b"{a: " * 5000, "nested more than", 1),
        (b"a:\n" + b"".join(b" " * depth + b"a:\n" for depth in range(1, 500)), "nested more than", 101),
        (BOMB.encode(), "holds more than", 5),
        (MERGE_BOMB.encode(), "holds more than", 8),
        (b"[" + b"x," * (MAX_VALUES + 1) + b"]", "holds more than", 1),
        (b"a: " + b"x" * 10_000_000, "longer than 1 MiB", 0),
        (b"a: b\n" * 2_000_000, "longer than 1 MiB", 0),
    ],
    ids=range(27),
)
def test_what_is_no_document_ends_in_one_line(data: bytes, message: str, line: int) -> None:
    error = refusal(data)
    assert message in error.message
    assert "\n" not in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: {{ b }}", "never rendered"),
        ("{% if x %}\na: b\n{% endif %}", "never rendered"),
        ("a:\n\tb: c", "spaces, not tabs"),
        ("command: echo a: b", "quote a value that holds"),
        ("command: @echo", "quote the value"),
        ("a: 'b", None),
    ],
)
def test_advice_is_given_where_the_mistake_is_a_common_one(text: str, hint: str | None) -> None:
    error = refusal(text.encode())
    assert (error.hint is None) if hint is None else (hint in (error.hint or ""))


def test_without_the_c_library_the_same_is_read() -> None:
    code = (
        "import sys; sys.modules['yaml._yaml'] = None; import yaml; assert not yaml.__with_libyaml__\n"
        "from mlproj.project.document import parse\n"
        "from mlproj.project.composing import DocumentError\n"
        "for text in ('a: [1e-1, {b: on}]', 'a: [', '[' * 100000):\n"
        "    try: print(parse(text.encode()).value)\n"
        "    except DocumentError as error: print(error.message[:20])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines() == ["{'a': ['1e-1', {'b': True}]}", "is not YAML: expecte", "is nested more than "]


def test_sets_are_values_without_parts() -> None:
    item = entry(parse(b"a: !!set {x, y}"), "a")
    assert (item.value, item.entries, item.text) == ({"x", "y"}, None, None)


def test_a_large_file_that_is_no_yaml_is_refused_without_a_second_look() -> None:
    error = refusal(b"a: b\n" * 10_000 + b"c: [")
    assert (error.message[:11], error.line) == ("is not YAML", 10_002)


def test_as_deep_as_allowed_is_read() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).items is not None


def test_the_real_files_read_as_the_library_reads_them() -> None:
    for file in sorted(Path(__file__).parent.glob("corpus/good/*.yaml")):
        assert parse(file.read_bytes()).value == yaml.safe_load(file.read_text()), file


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(DocumentError):
        parse(data)


PIECES = ["a", "b: ", "\n", "  ", "- ", "{", "}", "[", "]", ",", ":", "#", "&x ", "*x", "!!int ", "|\n", ">", "'", '"']


def readings(text: str) -> Iterator[object]:
    """What the library's two loaders make of a text; an anchor that is set again counts as ours."""
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        try:
            yield yaml.load(text, loader)
        except yaml.YAMLError as error:
            if "duplicate anchor" in str(error):
                yield parse(text.encode()).value


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from([*PIECES, "<<: ", "? ", "%", "---\n", "\t", "é", "1", "~"]), max_size=30))
def test_text_that_is_nearly_yaml_is_read_as_the_library_reads_it_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        value: Any = parse(text.encode()).value
    except DocumentError:
        return
    assert repr(value) in {repr(reading) for reading in readings(text)}


@settings(deadline=None)
@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10) | st.dates(),
        lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=5), part, max_size=4),
    )
)
def test_what_is_written_is_read_back(content: object) -> None:
    assert parse(yaml.safe_dump({"content": content}).encode()).value == {"content": content}
