"""Page tokens: opaque to clients, and bound to the question that they continue."""

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from mlproj.errors import InvalidValueError


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


def _digest(question: str) -> int:
    return zlib.crc32(question.encode("utf-8", "surrogatepass"))
