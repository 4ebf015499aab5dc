"""Runs that lack a param or a tag are found whatever the way: by a walk, by counting, or by looking at all in scope."""

from collections.abc import Callable
from itertools import product

import pytest

from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Run, ViewType
from mlproj.tracking.sql.search_absence import BLOCK, Absence, Counts, absent_from, count_absent

COUNT = 2600
OTHERS = 1300
TABLES = ("params", "tags")


@pytest.fixture(params=["sqlite_store", "postgres_store"])
def local(request: pytest.FixtureRequest) -> LocalStore:
    store: LocalStore = request.getfixturevalue(request.param)
    return store


KEYS: dict[str, Callable[[int], bool]] = {
    "always": lambda number: number >= 0,
    "few lack": lambda number: number % 611 != 5,
    "here and there": lambda number: number % 97 != 1,
    "half": lambda number: number % 2 == 0,
    "not the newest": lambda number: number < COUNT - 90,
    "not the oldest": lambda number: number >= 700,
    "one block lacks": lambda number: not BLOCK * 2 <= number < BLOCK * 3,
    "elsewhere never": lambda number: number < COUNT,
    'it\'s a \\"key\\" of \N{SNOWMAN} $(rm)': lambda number: number % 400 != 3,
}


@pytest.fixture
def filled(local: LocalStore) -> LocalStore:
    """Runs 1 a millisecond, those of another experiment last; some are deleted, some gone for good."""
    local.create_experiment("other")
    with local.database.write() as sql:
        sql.executemany(
            "INSERT INTO runs (id, run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri,"
            " lifecycle_stage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (number + 1, f"{number:032x}", int(number >= COUNT), "n", "u", "RUNNING", number, "", stage_of(number))
                for number in range(COUNT + OTHERS)
            ],
        )
        for table in TABLES:
            sql.executemany(
                f"INSERT INTO {table} (run, key, value) VALUES (?, ?, ?)",
                [
                    (number + 1, key, "v")
                    for key, has in KEYS.items()
                    for number in range(COUNT + OTHERS)
                    if has(number)
                ],
            )
        sql.execute("DELETE FROM runs WHERE id BETWEEN 1200 AND 1220")
    return local


def stage_of(number: int) -> str:
    return "deleted" if number % 50 == 7 else "active"


def lacks(key: str, number: int) -> bool:
    return key not in KEYS or not KEYS[key](number)


def test_searches_find_what_lacks_a_key(filled: LocalStore) -> None:
    for size, table in product((3, 400), TABLES):
        for key, scope in product((*KEYS, "never seen"), (["0"], ["0", "1"])):
            expected = [
                f"{number:032x}"
                for number in reversed(range(COUNT + OTHERS))
                if lacks(key, number)
                and stage_of(number) == "active"
                and not 1199 <= number < 1220
                and (number < COUNT or len(scope) > 1)
            ]
            question = f"{table}.`{key}` IS NULL"
            page = filled.search_runs(scope, filter_string=question, max_results=size)
            found = [*page.items]
            assert [run.run_id for run in found] == expected[:size], (key, scope)
            if page.next_page_token:
                found += filled.search_runs(
                    scope, filter_string=question, max_results=size, page_token=page.next_page_token
                ).items
            assert [run.run_id for run in found] == expected[: size * 2], (key, scope)


def test_orders_end_with_what_lacks_their_key(filled: LocalStore) -> None:
    found: list[Run] = []
    token = None
    while token is not None or not found:
        page = filled.search_runs(
            ["0"], order_by=["params.`not the newest` DESC"], view_type=ViewType.ALL, max_results=900, page_token=token
        )
        found, token = [*found, *page.items], page.next_page_token
    assert [int(run.run_id, 16) for run in found[-90:]] == [*reversed(range(COUNT - 90, COUNT))]
    assert len({run.run_id for run in found}) == len(found) == COUNT - 21


def test_counts_are_those_of_the_rows(filled: LocalStore) -> None:
    for key in KEYS:
        absence = Absence(table="params", key=key)
        with filled.database.read() as sql:
            there = [row[0] for row in sql.execute("SELECT id FROM runs ORDER BY id").fetchall()]
            counts = count_absent(sql, absence, there[-1])
            seen = sorted(absent_from(sql, absence, counts.ranges()))
        assert seen == [run for run in there if lacks(key, run - 1)]
        assert counts.total == len(seen)


@pytest.mark.parametrize(
    ("lacking", "ranges"),
    [
        ((), []),
        (((0, 1),), [(0, BLOCK)]),
        (((0, 1), (BLOCK, 2)), [(0, 2 * BLOCK)]),
        (((0, 1), (BLOCK * 2, 2), (BLOCK * 3, 2)), [(0, BLOCK), (BLOCK * 2, BLOCK * 4)]),
    ],
)
def test_blocks_that_follow_each_other_are_one_range(
    lacking: tuple[tuple[int, int], ...], ranges: list[tuple[int, int]]
) -> None:
    assert [*Counts(lacking=lacking, blocks=9).ranges()] == ranges


def test_steps_of_a_walk() -> None:
    counts = Counts(lacking=((0, 5), (BLOCK * 3, 2)), blocks=5)
    assert [counts.steps(wanted) for wanted in (1, 2, 3, 7, 8)] == [BLOCK * part for part in (2, 2, 5, 5, 5)]
