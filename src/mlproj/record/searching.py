"""Which of many differences make the result another: shown by trials, each with some of them swapped. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Difference = TypeVar("Difference")


def find_causes(
    differences: Sequence[Difference], gives_other_result: Callable[[Sequence[Difference]], bool]
) -> tuple[Difference, ...]:
    """The differences without which the other result does not come; the likeliest should be first.

    `gives_other_result` tries a set of them; all of them are known to give it, none of them not to. With twelve
    differences two causes take eight trials at most, and each one more about four.
    """
    needed: list[Difference] = []
    candidates = list(differences)
    while candidates:
        if len(needed) > 1 and gives_other_result(needed):
            break
        enough = _bisect(candidates, needed, gives_other_result)
        if enough == 0:
            break
        needed.insert(0, candidates[enough - 1])
        candidates = candidates[: enough - 1]
    return tuple(needed)


def _bisect(
    candidates: list[Difference],
    needed: list[Difference],
    gives_other_result: Callable[[Sequence[Difference]], bool],
) -> int:
    """How many of the first candidates it takes, with what is needed already; its last is a cause.

    In the first round what is left to search afterwards weighs: the more candidates remain, the fewer trials should it
    have taken to get there.
    """
    low, high = (1 if len(needed) != 1 else 0), len(candidates)
    while low < high:
        middle = (low + high) // 2 if needed else _balanced(low, high)
        if gives_other_result([*candidates[:middle], *needed]):
            high = middle
        else:
            low = middle + 1
    return low


def _balanced(low: int, high: int) -> int:
    """Where the sum of the numbers from `low` to `high` is halved best; below `high`."""
    total = sum(range(low, high + 1))
    return min(range(low, high), key=lambda middle: abs(total - 2 * sum(range(low, middle + 1))))
