from collections.abc import Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from mlproj.record.searching import find_causes


def search(count: int, causes: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """What is found, and in how many trials."""
    trials = 0

    def gives(swapped: Sequence[int]) -> bool:
        nonlocal trials
        trials += 1
        return set(causes) <= set(swapped)

    return find_causes(range(count), gives), trials


def test_any_two_causes_among_twelve_take_at_most_eight_trials() -> None:
    for causes in combinations(range(12), 2):
        found, trials = search(12, causes)
        assert found == causes
        assert trials <= 8


def test_one_cause_and_one_difference() -> None:
    assert search(1, [0]) == ((0,), 2)  # with it, and without it
    assert search(0, []) == ((), 0)
    for cause in range(12):
        found, trials = search(12, [cause])
        assert found == (cause,)
        assert trials <= 8


def test_what_the_differences_do_not_explain_is_not_said_to_be_shown() -> None:
    for count in range(13):
        assert find_causes(range(count), lambda _: False) == ()  # chance, or what cannot be swapped
        assert find_causes(range(count), lambda _: True) == ()  # it comes by itself now


@given(
    st.integers(1, 40).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(0, count - 1), min_size=1)))
)
def test_all_causes_are_found(case: tuple[int, set[int]]) -> None:
    count, causes = case
    assert search(count, sorted(causes))[0] == tuple(sorted(causes))
