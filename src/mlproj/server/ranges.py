"""The Range header: which bytes of a file a client wants."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import UnsupportedOperation
from typing import BinaryIO

from mlproj.server.errors import RangeError

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    start: int
    length: int
    partial: bool


def requested_span(headers: Mapping[str, str], size: int, tag: str | None) -> Span:
    """The part asked for; the whole file for several ranges, a malformed one, or one of another version of the file.

    Raises RangeError for a range that begins after the end.
    """
    whole = Span(start=0, length=size, partial=False)
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or headers.get("if-range", tag) != tag:
        return whole
    first, last = match["first"], match["last"]
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
        if last and int(last) < start:
            return whole
    elif last:
        start, end = max(size - int(last), 0), size - 1
    else:
        return whole
    if start >= size or end < start:
        raise RangeError("The range begins after the end of the file.", size)
    return Span(start=start, length=end - start + 1, partial=True)


def known(headers: Mapping[str, str], tag: str | None) -> bool:
    """Whether the client has this version of the file, as If-None-Match says."""
    given = headers.get("if-none-match", "")
    tags = {each.strip().removeprefix("W/") for each in given.split(",")}
    return tag is not None and (given.strip() == "*" or tag.removeprefix("W/") in tags)


def entity_tag(file: BinaryIO) -> str | None:
    """A tag that changes with the file: of a file of this machine, or as an object store has it; None for others."""
    if (tag := getattr(getattr(file, "raw", None), "etag", None)) is not None:
        return str(tag)
    try:
        facts = os.fstat(file.fileno())
    except (OSError, UnsupportedOperation, AttributeError):
        return None
    return f'"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}"'
