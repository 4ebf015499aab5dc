"""Page tokens: opaque to clients, and bound to the question that they continue."""

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import Page

Item = TypeVar("Item")


def write_token(value: Mapping[str, object], question: str = "") -> str:
    """A token; `question` must be the same when it comes back."""
    bound = {**value} | ({"of": _digest(question)} if question else {})
    return urlsafe_b64encode(json.dumps(bound).encode()).decode()


def read_token(token: str, question: str = "") -> dict[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidValueError(f"invalid page token {token[:60]!r}")
    if question and value.get("of") != _digest(question):
        raise InvalidValueError("the page token belongs to another search", hint="keep filter and order the same")
    return value


def token_of(offset: int, question: str = "") -> str:
    """A token for the page that begins at `offset`."""
    return write_token({"offset": offset}, question)


def offset_of(token: str | None, question: str = "") -> int:
    if not token:
        return 0
    offset = read_token(token).get("offset")
    if isinstance(offset, bool) or not isinstance(offset, int) or not 0 <= offset < 2**62:
        raise InvalidValueError(f"invalid page token {token[:60]!r}")
    read_token(token, question)
    return offset


def page(items: Sequence[Item], *, offset: int, size: int, question: str = "") -> Page[Item]:
    """A page of the items found from `offset` on; the caller looked for one more than `size`."""
    more = len(items) > size
    return Page(items=tuple(items[:size]), next_page_token=token_of(offset + size, question) if more else None)


def _digest(question: str) -> int:
    return zlib.crc32(question.encode("utf-8", "surrogatepass"))
