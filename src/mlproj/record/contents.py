"""Files compared by what they say: JSON, CSV and NumPy files by value, anything else by its bytes. Pure."""

import ast
import csv
import io
import json
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any

from mlproj.record.tolerances import Tolerance, needed_rtol

MOST_BYTES = 256 << 20
"""Larger files are compared by their bytes alone."""
_NPY_MAGIC = b"\x93NUMPY"
_NPY_CODES = {
    "f4": "f",
    "f8": "d",
    "i1": "b",
    "i2": "h",
    "i4": "i",
    "i8": "q",
    "u1": "B",
    "u2": "H",
    "u4": "I",
    "u8": "Q",
}
_NPY_CODES |= {"b1": "?", "c8": "f", "c16": "d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDifference:
    """How two contents differ: `rtol` is the relative tolerance that makes them equal, None if none does.

    `where` names the first difference, or the largest of those within tolerance.
    """

    rtol: float | None
    where: str


class NotReadable(ValueError):  # noqa: N818 - an answer, not a fault: compare the bytes instead
    """A content that is not what its name says."""


_UNREADABLE = (
    NotReadable,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    SyntaxError,
    RuntimeError,
    struct.error,
    csv.Error,
    zlib.error,
)
"""What the readers raise for bytes that only look like what they are named; encrypted archives are a RuntimeError."""

Leaf = tuple[str, Any]


def compare_contents(name: str, before: bytes, after: bytes, tolerance: Tolerance) -> ContentDifference | None:
    """None if both say the same. The name's ending says how to read them."""
    if before == after:
        return None
    reader = _READERS.get(PurePosixPath(name).suffix.lower())
    if reader is None or max(len(before), len(after)) > MOST_BYTES:
        return _first_byte(before, after)
    try:
        return _compare_leaves(reader(before), reader(after), tolerance)
    except _UNREADABLE:
        return _first_byte(before, after)


def is_read_by_value(name: str) -> bool:
    """Whether files of this name are compared by value."""
    return PurePosixPath(name).suffix.lower() in _READERS


def _first_byte(before: bytes, after: bytes) -> ContentDifference:
    shared = min(len(before), len(after))
    at = next((index for index in range(shared) if before[index] != after[index]), shared)
    size = "" if len(before) == len(after) else f", {len(before)} and {len(after)} bytes"
    return ContentDifference(rtol=None, where=f"from byte {at}{size}")


def _compare_leaves(before: Iterator[Leaf], after: Iterator[Leaf], tolerance: Tolerance) -> ContentDifference | None:
    worst = ContentDifference(rtol=0.0, where="")
    for old, new in zip_longest(before, after):
        if old is None or new is None or old[0] != new[0]:
            return ContentDifference(rtol=None, where=f"at {(old or new)[0]}: only in one of them")
        needed = _needed(old[1], new[1], tolerance)
        if needed is None:
            return ContentDifference(rtol=None, where=f"at {old[0]}: {_shown(old[1])} and {_shown(new[1])}")
        if needed > (worst.rtol or 0.0):
            worst = ContentDifference(rtol=needed, where=f"at {old[0]}: {_shown(old[1])} and {_shown(new[1])}")
    return worst if worst.rtol else None


def _needed(old: Any, new: Any, tolerance: Tolerance) -> float | None:
    if _is_number(old) and _is_number(new):
        return needed_rtol(old, new, atol=tolerance.atol)
    return 0.0 if type(old) is type(new) and old == new else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - two of them fit a line


def _json(content: bytes) -> Iterator[Leaf]:
    text = content.decode("utf-8-sig")
    try:
        return _walk(json.loads(text), "$")
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        return _walk([json.loads(line) for line in lines], "$")


def _walk(value: Any, path: str) -> Iterator[Leaf]:
    """Every value with its place; keys in order, as their order in the file says nothing."""
    if isinstance(value, Mapping):
        yield f"{path}{{}}", f"{len(value)} keys"
        for key in sorted(value):
            yield from _walk(value[key], f"{path}.{key}")
    elif isinstance(value, list):
        yield f"{path}[]", f"{len(value)} items"
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]")
    else:
        yield path, value


def _table(delimiter: str) -> Callable[[bytes], Iterator[Leaf]]:
    def read(content: bytes) -> Iterator[Leaf]:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                yield f"row {number}, column {column}", _cell(cell)

    return read


def _cell(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _npy(content: bytes, name: str = "") -> Iterator[Leaf]:
    """Version 1 to 3 of NumPy's format: magic, version, length and text of the header, then the raw values."""
    if not content.startswith(_NPY_MAGIC):
        raise NotReadable("no NumPy file")
    start = 10 if content[6] == 1 else 12
    (length,) = struct.unpack("<H" if start == 10 else "<I", content[8:start])  # noqa: PLR2004 - version 1
    header = ast.literal_eval(content[start : start + length].decode("latin-1").strip())
    values = _numbers(header["descr"], content[start + length :])
    yield f"{name}shape", (*header["shape"], header["fortran_order"] and len(header["shape"]) > 1)
    for index, value in enumerate(values):
        yield f"{name}element {index}", value


def _numbers(descr: Any, data: bytes) -> "array[Any] | tuple[Any, ...]":
    code = _NPY_CODES.get(descr[1:]) if isinstance(descr, str) else None
    if code is None:
        raise NotReadable("not plain numbers")
    if code == "?":
        return struct.unpack(f"{len(data)}?", data)
    values = array(code)
    values.frombytes(data)
    if descr[0] == (">" if sys.byteorder == "little" else "<"):
        values.byteswap()
    return values


def _npz(content: bytes) -> Iterator[Leaf]:
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(io.BytesIO(content)) as opened:
            for name in sorted(opened.namelist()):
                if opened.getinfo(name).file_size > MOST_BYTES:
                    raise NotReadable("too large")
                yield from _npy(opened.read(name), f"{name.removesuffix('.npy')}: ")
    except BadZipFile as error:
        raise NotReadable("no npz file") from error


_READERS: dict[str, Callable[[bytes], Iterator[Leaf]]] = {
    ".json": _json,
    ".jsonl": _json,
    ".csv": _table(","),
    ".tsv": _table("\t"),
    ".npy": _npy,
    ".npz": _npz,
}
