import io
import json
import math
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.record.contents import compare_contents
from mlproj.record.tolerances import Tolerance, needed_rtol

TOLERANCE = Tolerance()


def npy(values: list[float], *, code: str = "<f8", shape: str | None = None, version: int = 1) -> bytes:
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape or f'({len(values)},)'}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    letter = {"f8": "d", "f4": "f", "i4": "i", "b1": "?"}[code[1:]]
    data = struct.pack(f"{'>' if code[0] == '>' else '<'}{len(values)}{letter}", *values)
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def npz(**arrays: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in arrays.items():
            file.writestr(f"{name}.npy", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.json", b'{"a": 1, "b": [1.5]}', b'{"b": [1.50], "a": 1}\n'),
        ("a.JSON", b"1", b"1.0"),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', b'{"a": 1}\n\n{"a": 2}'),
        ("a.csv", b"x,y\n1,2\n", b"x,y\r\n1.0,2e0\r\n"),
        ("a.tsv", b"x\t1\n", b"x\t1.00\n"),
        ("a.npy", npy([1, 2]), npy([1, 2], version=2)),
        ("a.npy", npy([1, 2]), npy([1, 2], code=">f8")),
        ("a.npy", npy([1, 2]), npy([1, 2], code="<i4")),
        ("a.npy", npy([math.nan]), npy([math.nan], version=3)),
    ],
)
def test_the_same_values_written_otherwise_are_equal(name: str, before: bytes, after: bytes) -> None:
    assert compare_contents(name, before, after, TOLERANCE) is None


@pytest.mark.parametrize(
    ("name", "before", "after", "where"),
    [
        ("a.json", b'{"a": 1.0}', b'{"a": 1.0000000001}', "$.a"),
        ("a.csv", b"x,y\n1,2\n", b"x,y\n1,2.0000000002\n", "row 2, column 2"),
        ("a.npy", npy([1, 2]), npy([1, 2.0000000002]), "element 1"),
        ("a.npz", npz(w=npy([3]), b=npy([1])), npz(w=npy([3]), b=npy([1.0000000001])), "b: element 0"),
    ],
)
def test_the_tolerance_that_it_takes(name: str, before: bytes, after: bytes, where: str) -> None:
    found = compare_contents(name, before, after, TOLERANCE)
    assert found is not None
    assert found.rtol == pytest.approx(1e-10, rel=1e-3)
    assert where in found.where


@pytest.mark.parametrize(
    ("name", "before", "after", "where"),
    [
        ("a.txt", b"abc", b"abd", "from byte 2"),
        ("a.bin", b"abc", b"ab", "from byte 2, 3 and 2 bytes"),
        ("a.json", b'{"a": "x"}', b'{"a": "y"}', "at $.a: 'x' and 'y'"),
        ("a.json", b'{"a": true}', b'{"a": 1}', "at $.a: True and 1"),
        ("a.json", b'{"a": 1}', b'{"b": 1}', "at $.a: only in one of them"),
        ("a.json", b"[1]", b"[1, 2]", "at $[]"),
        ("a.json", b"{", b"[", "from byte 0"),
        ("a.json", b"\xff", b"\xfe", "from byte 0"),
        ("a.json", b"[" * 100_000, b"{", "from byte 0"),
        ("a.csv", b"a,b\n", b"a,c\n", "row 1, column 2: 'b' and 'c'"),
        ("a.csv", b"a\n", b"a\nb\n", "row 2, column 1: only in one"),
        ("a.csv", b'"a', b"a", "from byte 0"),
        ("a.csv", b"nan\n", b"inf\n", "row 1"),
        ("a.npy", npy([1, 2], shape="(2, 1)"), npy([1, 2]), "at shape"),
        ("a.npy", npy([0.0]), npy([1e-30]), "element 0"),
        ("a.npy", b"none", b"nono", "from byte 3"),
        ("a.npy", npy([1]).replace(b"<f8", b"|O8"), npy([1]), "from byte"),
        ("a.npy", npy([1, 0], code="|b1"), npy([1, 1], code="|b1"), "element 1: False and True"),
        ("a.npy", npy([1])[:-3], npy([1]), "from byte"),
        ("a.npz", b"PK", b"PK!", "from byte 2"),
    ],
)
def test_what_no_tolerance_makes_equal(name: str, before: bytes, after: bytes, where: str) -> None:
    found = compare_contents(name, before, after, TOLERANCE)
    assert found is not None
    assert found.rtol is None
    assert where in found.where


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_json_is_equal_to_itself_however_it_is_written(value: object) -> None:
    plain, pretty = json.dumps(value).encode(), json.dumps(value, indent=3, sort_keys=True).encode()
    assert compare_contents("x.json", plain, pretty, TOLERANCE) is None


@pytest.mark.parametrize(
    "before",
    [
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x01\x00\x04\x00{(1\n",
        b"\x93NUMPY\x01\x00\x03\x00[1]",
        b"\x93NUMPY\x01\x00\x02\x00{}",
    ],
)
def test_a_file_that_only_begins_like_numpys_is_compared_by_its_bytes(before: bytes) -> None:
    found = compare_contents("a.npy", before, before + b"x", TOLERANCE)
    assert found is not None
    assert found.where.startswith("from byte")


def test_numbers_that_no_float_holds_are_compared() -> None:
    huge = str(10**400).encode()
    assert compare_contents("a.json", huge, huge + b" ", TOLERANCE) is None
    assert compare_contents("a.json", huge, huge + b"0", TOLERANCE) is not None


@given(st.binary(), st.binary(), st.sampled_from(["a.json", "a.csv", "a.tsv", "a.npy", "a.npz", "a"]))
def test_any_bytes_can_be_compared(before: bytes, after: bytes, name: str) -> None:
    found = compare_contents(name, before, after, TOLERANCE)
    assert found is None or found.rtol is None or found.rtol > 0
    if before == after:
        assert found is None


@given(st.floats(), st.floats(), st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_the_needed_tolerance_is_enough(before: float, after: float, atol: float) -> None:
    needed = needed_rtol(before, after, atol=atol)
    if needed is not None and before == before and math.isfinite(needed):  # noqa: PLR0124 - not a NaN
        assert before == after or abs(before - after) <= atol + needed * abs(before) * (1 + 1e-9) + 1e-300
