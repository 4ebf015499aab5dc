"""Searches find the same runs, in the same order, however they find them."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.entities import Metric, Run, RunStatus, ViewType
from mlproj.tracking.paging import read_token, write_token
from mlproj.tracking.sql import search_walks

COUNT = 60
STATUSES = (RunStatus.RUNNING, RunStatus.FINISHED, RunStatus.FAILED)


@pytest.fixture(params=["sqlite_store", "postgres_store"])
def local(request: pytest.FixtureRequest) -> LocalStore:
    store: LocalStore = request.getfixturevalue(request.param)
    return store


@pytest.fixture(params=[0, 20_000], ids=["walking", "sorting"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whether everything is common, so that indexes are walked, or rare, so that it is sorted."""
    monkeypatch.setattr(search_walks, "FEWEST", request.param)
    monkeypatch.setattr(search_walks, "MOST", request.param)
    return int(request.param)


@pytest.fixture
def many_runs(local: LocalStore) -> list[Run]:
    other = local.create_experiment("other")
    with local.transaction():
        for number in range(COUNT):
            experiment = other if number % 4 == 0 else "0"
            run = local.create_run(
                experiment, start_time=number // 3, run_name=f"r{number % 7}", user_id=f"u{number % 2}"
            )
            value = math.nan if number % 5 == 0 else float(number % 8)
            metrics = [Metric(key="m", value=value, timestamp=1)] if number % 6 else []
            metrics.append(Metric(key="same", value=1, timestamp=1))
            params = {"p": f"v{number % 3}" + "x" * 250 * (number % 2)} if number % 7 else {}
            local.log_batch(run.run_id, metrics=metrics, params=params)
            if number % 3:
                local.update_run(run.run_id, status=STATUSES[number % 3], end_time=number % 4)
            if number % 11 == 0:
                local.delete_run(run.run_id)
    return [*local.search_runs(["0", other], view_type=ViewType.ALL).items]


def rank(value: Any, *, descending: bool) -> tuple[Any, ...]:
    if value is None:
        return (2,)
    if isinstance(value, float) and math.isnan(value):
        return (1,)
    return (
        (0, (*(-ord(letter) for letter in value), 1) if isinstance(value, str) else -value)
        if descending
        else (0, value)
    )


def value_of(run: Run, key: str) -> Any:
    kind, _, name = key.partition(".")
    if kind == "metrics":
        return run.metrics[name].value if name in run.metrics else None
    return run.params.get(name) if kind == "params" else getattr(run, key)


LONG = "v1" + "x" * 250
FILTERS: dict[str, Callable[[Run], bool]] = {
    "": lambda run: run.start_time >= 0,
    "metrics.m > 3": lambda run: "m" in run.metrics and run.metrics["m"].value > 3,
    "metrics.m != 3": lambda run: "m" in run.metrics and run.metrics["m"].value != 3,
    "params.p IS NULL": lambda run: "p" not in run.params,
    "params.p LIKE 'v1%' AND user_id = 'u1'": lambda run: (
        run.params.get("p", "").startswith("v1") and run.user_id == "u1"
    ),
    f"params.p = '{LONG}'": lambda run: run.params.get("p") == LONG,
    f"params.p != '{LONG}'": lambda run: run.params.get("p", LONG) != LONG,
    "params.p ILIKE '%2X%X'": lambda run: run.params.get("p", "").startswith("v2x"),
    "params.p LIKE '%2'": lambda run: run.params.get("p") == "v2",
    "status = 'FINISHED' AND run_name != 'r1'": lambda run: run.status == "FINISHED" and run.run_name != "r1",
    "metrics.nothing > 1": lambda run: run.start_time < 0,
}
ORDERS = [
    [],
    ["metrics.m"],
    ["metrics.m DESC", "params.p"],
    ["metrics.same"],
    ["metrics.nothing", "status DESC"],
    ["params.p DESC"],
    ["status", "metrics.m"],
    ["end_time DESC"],
    ["start_time"],
    ["start_time DESC"],
    ["run_name DESC", "user_id"],
]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("experiments", [["0"], ["0", "1"]], ids=["one", "all"])
@pytest.mark.parametrize("view", [ViewType.ACTIVE_ONLY, ViewType.ALL])
def test_pages_hold_every_run_once_and_in_order(
    local: LocalStore, many_runs: list[Run], experiments: list[str], view: ViewType
) -> None:
    scope = [run for run in many_runs if run.experiment_id in experiments]
    scope = [run for run in scope if view is ViewType.ALL or run.lifecycle_stage == "active"]
    for text, holds in FILTERS.items():
        for order in ORDERS:
            expected = sorted(filter(holds, scope), key=lambda run: (-run.start_time, run.run_id))
            for item in reversed(order):
                key, _, direction = item.partition(" ")
                expected.sort(key=lambda run: rank(value_of(run, key), descending=direction == "DESC"))
            found = every_page(local, experiments, filter_string=text, order_by=order, view_type=view)
            assert [run.run_id for run in found] == [run.run_id for run in expected], (text, order)


@pytest.mark.usefixtures("way")
def test_what_only_old_runs_share_is_found_behind_the_walk(local: LocalStore) -> None:
    with local.transaction():
        for number in range(60):
            run = local.create_run("0", start_time=number // 3)
            local.log_batch(run.run_id, tags={"old": "yes"} if number < 44 else {}, params={"p": str(number % 4)})
    for text, few in {"tags.old = 'yes'": 44, "tags.old = 'yes' AND params.p = '1'": 11}.items():
        runs = every_page(local, ["0"], filter_string=text)
        assert len(runs) == few
        assert [(-run.start_time, run.run_id) for run in runs] == sorted((-run.start_time, run.run_id) for run in runs)


def every_page(store: Store, experiments: list[str], **question: Any) -> list[Run]:
    found: list[Run] = []
    token: str | None = None
    while True:
        page = store.search_runs(experiments, max_results=7, page_token=token, **question)
        found += page.items
        if (token := page.next_page_token) is None:
            return found


def test_runs_that_come_or_go_between_pages_shift_nothing(local: LocalStore) -> None:
    ids = [local.create_run("0", start_time=number).run_id for number in range(6)]
    first = local.search_runs(["0"], max_results=2)
    local.create_run("0", start_time=100)
    local.delete_run(ids[4])
    second = local.search_runs(["0"], max_results=2, page_token=first.next_page_token)
    assert [run.run_id for run in second.items] == [ids[3], ids[2]]


@pytest.mark.parametrize(
    "after",
    [
        None,
        [],
        [[0, 1.0], 5],
        [[0, 1.0], "5", "x"],
        [[0, "text"], 5, "x"],
        [[7, None], 5, "x"],
        [[2, 1.0], 5, "x"],
        [5, "x"],
        "text",
    ],
)
def test_tokens_that_were_tampered_with(local: LocalStore, after: Any) -> None:
    for number in range(3):
        run = local.create_run("0", start_time=number)
        local.log_batch(run.run_id, metrics=[Metric(key="m", value=number, timestamp=1)])
    token = local.search_runs(["0"], order_by=["metrics.m"], max_results=1).next_page_token
    assert token is not None
    forged = write_token({**read_token(token), "after": after})
    with pytest.raises(InvalidValueError, match="page token"):
        local.search_runs(["0"], order_by=["metrics.m"], page_token=forged)
    with pytest.raises(InvalidValueError, match="another search"):
        local.search_runs(["0"], order_by=["metrics.n"], page_token=token)


def test_pages_do_not_depend_on_their_size(local: LocalStore) -> None:
    for number in range(9):
        local.create_run("0", start_time=number)
    whole = [run.start_time for run in local.search_runs(["0"]).items]
    assert all(earlier > later for earlier, later in pairwise(whole))
    assert [run.start_time for run in every_page(local, ["0"])] == whole
