"""Listings in pages, in every database: what comes or goes between two pages shifts nothing."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Metric, Page
from mlproj.tracking.paging import read_token, write_token

Search = Callable[..., Page[Any]]
Listing = tuple[Search, Callable[[str], object]]
"""What lists, and what makes one more that ends up on the first page."""

COUNT = 11


@pytest.fixture(params=["sqlite_store", "postgres_store"])
def database(request: pytest.FixtureRequest) -> LocalStore:
    return cast("LocalStore", request.getfixturevalue(request.param))


@pytest.fixture(params=["experiments", "logged models", "registered models", "versions"])
def listing(request: pytest.FixtureRequest, database: LocalStore) -> Listing:
    makers = {
        "experiments": experiments,
        "logged models": logged_models,
        "registered models": registered_models,
        "versions": versions,
    }
    return makers[request.param](database)


def experiments(store: LocalStore) -> Listing:
    for number in range(COUNT):
        tags = {"t": f"{number % 3}"} if number % 4 else {}
        store.create_experiment(f"name {number % 5} {number}", tags=tags)

    def search(**options: Any) -> Page[Any]:
        orders = [["name DESC"], ["tags.t", "name"], ["tags.`t` DESC"], ["creation_time", "experiment_id DESC"], []]
        return store.search_experiments(order_by=orders[options.pop("order")], **options)

    return search, lambda name: store.create_experiment(name, tags={"t": "0"})


def logged_models(store: LocalStore) -> Listing:
    run_id = store.create_run("0", start_time=1).run_id
    for number in range(COUNT):
        model = store.create_logged_model(
            "0", name=f"m{number % 3}", params={"p": f"{number % 2}"} if number % 4 else {}
        )
        if number % 5:
            value = float("nan") if number == 7 else number % 4 + 0.1
            store.log_batch(run_id, metrics=[Metric(key="m", value=value, timestamp=1, model_id=model.model_id)])

    def search(**options: Any) -> Page[Any]:
        orders: list[list[dict[str, object]]] = [
            [{"field_name": "name", "ascending": False}],
            [{"field_name": "metrics.m"}],
            [{"field_name": "metrics.m", "ascending": False}, {"field_name": "params.p"}],
            [{"field_name": "creation_timestamp"}],
            [],
        ]
        return store.search_logged_models(["0"], order_by=orders[options.pop("order")], **options)

    return search, lambda name: store.create_logged_model("0", name=name)


def registered_models(store: LocalStore) -> Listing:
    for number in range(COUNT):
        store.registry.create_model(f"name {number % 5} {number}")

    def search(**options: Any) -> Page[Any]:
        orders = [["name DESC"], ["last_updated_timestamp"], ["creation_timestamp DESC", "name"], ["name"], []]
        return store.registry.search_models(order_by=orders[options.pop("order")], **options)

    return search, store.registry.create_model


def versions(store: LocalStore) -> Listing:
    for number in range(3):
        store.registry.create_model(f"name {number}")
    for number in range(COUNT):
        store.registry.create_version(f"name {number % 3}", "s3://models/m")

    def search(**options: Any) -> Page[Any]:
        orders = [["name DESC"], ["version_number"], ["version_number DESC", "name"], ["last_updated_timestamp"], []]
        return store.registry.search_versions(order_by=orders[options.pop("order")], **options)

    return search, lambda _: store.registry.create_version("name 0", "s3://models/m")


@pytest.mark.parametrize("order", range(5))
def test_pages_hold_everything_once_and_in_order(listing: Listing, order: int) -> None:
    search, _ = listing
    whole = search(order=order, max_results=100)
    assert whole.next_page_token is None
    assert len(whole.items) in {COUNT, COUNT + 1}  # the experiment that is always there
    found: list[object] = []
    token: str | None = None
    while True:
        page = search(order=order, max_results=2, page_token=token)
        found += page.items
        if (token := page.next_page_token) is None:
            break
    assert repr(found) == repr([*whole.items])  # NaN differs from itself


@pytest.mark.parametrize("order", range(5))
def test_what_comes_between_pages_is_not_seen_twice(listing: Listing, order: int) -> None:
    search, add = listing
    before = search(order=order, max_results=100)
    first = search(order=order, max_results=3)
    add("name 00")
    rest = search(order=order, max_results=100, page_token=first.next_page_token)
    known = [*map(repr, before.items)]
    assert [item for item in map(repr, rest.items) if item in known] == known[3:]


@pytest.mark.parametrize("after", [None, [], "text", [True] * 2, [None] * 2, [{}] * 2, [2**63] * 2, [1, 2, 3, 4, 5]])
def test_tokens_that_were_tampered_with(listing: Listing, after: object) -> None:
    search, _ = listing
    token = search(order=0, max_results=1).next_page_token
    assert token is not None
    with pytest.raises(InvalidValueError, match="page token"):
        search(order=0, page_token=write_token({**read_token(token), "after": after}))
    with pytest.raises(InvalidValueError, match="another search"):
        search(order=1, page_token=token)
