"""Amounts of resources as files write them: memory, processors, GPUs. Pure."""

import math
import re

UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
DEVICES = re.compile(r"device=[^\s,]+(,[^\s,]+)*")


def as_memory(value: object) -> int | None:
    """Bytes: a number of them, or with a unit (512m, 8G, 1.5 GiB), which is binary as Docker's is; None otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([bkmgt]?)(i?b)?\s*", str(value).lower())
    size = float(match[1]) * UNITS[match[2]] if match else 0.0
    return int(size) if 1 <= size < float(1 << 60) else None


def as_cpus(value: object) -> float | None:
    """A number of processors, which need not be whole; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def as_gpus(value: object) -> str | None:
    """`all`, a number, or `device=0,1` as text; `0` for none; None for anything else."""
    if isinstance(value, bool):
        return "all" if value else "0"
    if isinstance(value, int):
        return str(value) if value >= 0 else None
    if not isinstance(value, str):
        return None
    text = value.strip().strip("\"'")
    fits = text == "all" or (text.isascii() and text.isdecimal()) or DEVICES.fullmatch(text)
    return text if fits else None
