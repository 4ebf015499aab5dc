"""How far two numbers may be apart. Pure."""

import math
from dataclasses import dataclass

DEFAULT_RTOL = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Relative to the earlier value, and absolute; what is allowed is their sum."""

    rtol: float = DEFAULT_RTOL
    atol: float = 0.0


def needed_rtol(before: float, after: float, *, atol: float = 0.0) -> float | None:
    """The least relative tolerance with which two numbers are equal; 0 if they are, None if none is enough.

    Not-a-number equals itself, and an infinity nothing but itself.
    """
    if before == after or (math.isnan(before) and math.isnan(after)):
        return 0.0
    if not (math.isfinite(before) and math.isfinite(after)):
        return None
    rest = abs(before - after) - atol
    if rest <= 0:
        return math.ulp(0.0)  # they differ, and are within the absolute tolerance
    return None if before == 0 else rest / abs(before)
