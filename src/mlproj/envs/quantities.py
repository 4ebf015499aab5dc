"""Ages and sizes as people type them."""

import re

from mlproj.errors import UsageError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")


def parse_age(text: str, *, option: str) -> float:
    """Seconds of `90s`, `15m`, `2h`, `30d`, `4w`. Raises UsageError."""
    return _parse(text, _SECONDS, option, "write 90s, 15m, 2h, 30d or 4w")


def parse_size(text: str, *, option: str) -> int:
    """Bytes of `500MB`, `20GB`, `1.5GiB`. Raises UsageError."""
    return int(_parse(text, _BYTES, option, "write 500MB, 20GB or 1.5GiB"))


def _parse(text: str, units: dict[str, int], option: str, hint: str) -> float:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or match[2].lower() not in units:
        raise UsageError(f"{option}: cannot read {text!r}", hint=hint)
    return float(match[1]) * units[match[2].lower()]
