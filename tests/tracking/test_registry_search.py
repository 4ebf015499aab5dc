"""Searching the model registry."""

import pytest

from mlproj.errors import InvalidValueError
from mlproj.tracking.base import Registry, Store

REMOTE = "s3://bucket/model"
PROMPT = {"mlflow.prompt.is_prompt": "true"}


@pytest.fixture
def registry(store: Store) -> Registry:
    registry = store.registry
    for name, tag in (("Iris", "a"), ("iris two", "b"), ("o'hara", "a"), ("zebra", "")):
        registry.create_model(name, tags={"team": tag} if tag else {})
    registry.create_model("a prompt", tags=PROMPT)
    registry.create_version("a prompt", "prompt-template", tags=PROMPT)
    for name, source in (("Iris", REMOTE), ("Iris", "s3://other/model"), ("zebra", REMOTE)):
        registry.create_version(name, source, tags={"kind": source.split("/")[2]})
    return registry


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["Iris", "iris two", "o'hara", "zebra"]),
        ("name = 'Iris'", ["Iris"]),
        ("name != 'Iris'", ["iris two", "o'hara", "zebra"]),
        ("name LIKE 'I%'", ["Iris"]),
        ("name ILIKE 'i%'", ["Iris", "iris two"]),
        ("name IN ('Iris', 'zebra')", ["Iris", "zebra"]),
        ("name NOT IN ('Iris', 'zebra')", ["iris two", "o'hara"]),
        ("tags.team = 'a'", ["Iris", "o'hara"]),
        ("tag.team != 'a' AND attribute.name ILIKE '%'", ["iris two"]),
        ('name = "o\'hara"', ["o'hara"]),
        ("tag.`mlflow.prompt.is_prompt` != 'true'", ["Iris", "iris two", "o'hara", "zebra"]),
        ("tag.`mlflow.prompt.is_prompt` = 'false' and name LIKE 'z%'", ["zebra"]),
        ("tag.`mlflow.prompt.is_prompt` = 'true'", ["a prompt"]),
    ],
)
def test_models(registry: Registry, text: str, names: list[str]) -> None:
    assert [model.name for model in registry.search_models(filter_string=text).items] == names


def test_pages_of_models(registry: Registry) -> None:
    found, token = [], None
    while True:
        page = registry.search_models(max_results=3, order_by=["name DESC"], page_token=token)
        found += [model.name for model in page.items]
        token = page.next_page_token
        if token is None:
            break
    assert found == ["zebra", "o'hara", "iris two", "Iris"]


def test_the_order_of_models(registry: Registry) -> None:
    for order in ("timestamp desc", "last_updated_timestamp", "last_updated_timestamp ASC"):
        names = [model.name for model in registry.search_models(order_by=[order, "name"]).items]
        assert sorted(names) == ["Iris", "iris two", "o'hara", "zebra"]


def test_models_by_their_age(registry: Registry) -> None:
    found = registry.search_models(order_by=["creation_timestamp", "name"]).items
    assert [model.creation_timestamp for model in found] == sorted(model.creation_timestamp for model in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("Iris", 1), ("Iris", 2), ("zebra", 1)]),
        ("name = 'Iris'", [("Iris", 1), ("Iris", 2)]),
        ("name IN ('zebra')", [("zebra", 1)]),
        ("version_number > 1", [("Iris", 2)]),
        ("version_number = 1 and name = 'Iris'", [("Iris", 1)]),
        ("source_path = 's3://other/model'", [("Iris", 2)]),
        ("source_path ILIKE 'S3://BUCKET%'", [("Iris", 1), ("zebra", 1)]),
        ("run_id = 'none'", []),
        ("run_id IN ('none', '')", [("Iris", 1), ("Iris", 2), ("zebra", 1)]),
        ("tags.kind = 'other'", [("Iris", 2)]),
        ("tags.`mlflow.prompt.is_prompt` = 'true'", [("a prompt", 1)]),
    ],
)
def test_versions(registry: Registry, text: str, found: list[tuple[str, int]]) -> None:
    page = registry.search_versions(filter_string=text, order_by=["name", "version_number"])
    assert [(version.name, version.version) for version in page.items] == found


def test_the_order_of_versions(registry: Registry) -> None:
    registry.describe_version("Iris", 1, "touched")
    versions = registry.search_versions().items
    stamps = [-version.last_updated_timestamp for version in versions]
    assert stamps == sorted(stamps)
    by_number = registry.search_versions(order_by=["version_number DESC", "creation_timestamp"], max_results=1)
    assert [(version.name, version.version) for version in by_number.items] == [("Iris", 2)]
    assert by_number.next_page_token is not None


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "name = Iris",
        "name > 'a'",
        "name IN ()",
        "tags.team IN ('a')",
        "tags.team IS NULL",
        "metrics.a > 1",
        "name = 'a' OR 1=1",
        "name = 'a'; DROP TABLE runs",
        "description = 'a'",
    ],
)
def test_filters_that_make_no_sense(registry: Registry, text: str) -> None:
    with pytest.raises(InvalidValueError):
        registry.search_models(filter_string=text)
    with pytest.raises(InvalidValueError):
        registry.search_versions(filter_string=text)


@pytest.mark.parametrize("text", ["version_number = 1.5", "version_number = '1'", "version_number LIKE '1'"])
def test_numbers_of_versions_are_whole(registry: Registry, text: str) -> None:
    with pytest.raises(InvalidValueError):
        registry.search_versions(filter_string=text)


@pytest.mark.parametrize("order", ["nonsense", "tags.team", "name up", "name, version_number", ""])
def test_orders_that_make_no_sense(registry: Registry, order: str) -> None:
    with pytest.raises(InvalidValueError):
        registry.search_models(order_by=[order])
    with pytest.raises(InvalidValueError):
        registry.search_versions(order_by=[order])


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_sizes_of_pages_of_models(registry: Registry, size: int) -> None:
    with pytest.raises(InvalidValueError):
        registry.search_models(max_results=size)


def test_tokens_that_make_no_sense(registry: Registry) -> None:
    with pytest.raises(InvalidValueError):
        registry.search_models(page_token="?")


@pytest.mark.parametrize("size", [0, -1, 200_001])
def test_sizes_of_pages_of_versions(registry: Registry, size: int) -> None:
    with pytest.raises(InvalidValueError):
        registry.search_versions(max_results=size)
