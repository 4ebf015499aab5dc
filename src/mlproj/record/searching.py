"""Which of many differences make the result another: shown by trials, each with some of them swapped. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Difference = TypeVar("Difference")


def find_causes(
    differences: Sequence[Difference], gives_other_result: Callable[[Sequence[Difference]], bool]
) -> tuple[Difference, ...]:
    """The differences without which the other result does not come; the likeliest should be first.

    `gives_other_result` tries a set of them. With twelve differences two causes take eight trials at most, and each one
    more about four. None where the differences do not explain the result: all of them do not give it, or it comes
    without any.
    """
    trials: dict[tuple[Difference, ...], bool] = {}

    def tried(swapped: Sequence[Difference]) -> bool:
        chosen = tuple(one for one in differences if one in swapped)
        if chosen not in trials:
            trials[chosen] = gives_other_result(chosen)
        return trials[chosen]

    needed = _search(differences, tried)
    if not needed or not tried(needed):
        return ()
    return () if all(trials.values()) and tried(()) else needed


def _search(
    differences: Sequence[Difference], gives_other_result: Callable[[Sequence[Difference]], bool]
) -> tuple[Difference, ...]:
    """The causes, if all differences give the other result and none of them does not."""
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
