"""Searching registered models and their versions."""

from collections.abc import Sequence

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import ModelVersion, Page, RegisteredModel
from mlproj.tracking.filters import Comparison, Entity, Ordering, parse_filter, parse_order
from mlproj.tracking.paging import offset_of, page
from mlproj.tracking.registry import (
    MODEL_ORDER,
    MODELS,
    PROMPT_TAG,
    VERSION_ORDER,
    VERSIONS,
    about_prompts,
    without_prompt_tag,
)
from mlproj.tracking.sql import registry_models, registry_versions
from mlproj.tracking.sql.conditions import Condition, compare, has
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_max_results

MOST_MODELS = 1000
MOST_VERSIONS = 200_000


def search_models(
    sql: Session, *, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> Page[RegisteredModel]:
    check_max_results(max_results, MOST_MODELS)
    offset = offset_of(page_token)
    where = _where(parse_filter(filter_string, MODELS), "registered_model_tags", "m")
    ordering = _ordered(parse_order(order_by, MODEL_ORDER), {"name": "m"}, "m", ("m.name ASC",))
    statement = (
        f"SELECT {registry_models.COLUMNS} FROM registered_models m WHERE {where.sql}"  # noqa: S608
        f" ORDER BY {ordering} LIMIT ? OFFSET ?"
    )
    rows = sql.execute(statement, (*where.values, max_results + 1, offset)).fetchall()
    found = page(rows, offset=offset, size=max_results)
    return Page(items=tuple(registry_models.whole(sql, found.items)), next_page_token=found.next_page_token)


def search_versions(
    sql: Session, *, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> Page[ModelVersion]:
    check_max_results(max_results, MOST_VERSIONS)
    offset = offset_of(page_token)
    where = _where(parse_filter(filter_string, VERSIONS), "model_version_tags", "v")
    default = ("v.last_updated_timestamp DESC", "m.name ASC", "v.version DESC")
    ordering = _ordered(parse_order(order_by, VERSION_ORDER), {"name": "m"}, "v", default)
    statement = (
        f"SELECT {registry_versions.COLUMNS} FROM {registry_versions.TABLES} WHERE {where.sql}"  # noqa: S608
        f" ORDER BY {ordering} LIMIT ? OFFSET ?"
    )
    rows = sql.execute(statement, (*where.values, max_results + 1, offset)).fetchall()
    found = page(rows, offset=offset, size=max_results)
    return Page(items=tuple(registry_versions.whole(sql, found.items)), next_page_token=found.next_page_token)


def _where(clauses: Sequence[Comparison], tags: str, alias: str) -> Condition:
    where = Condition(sql="1 = 1")
    if not about_prompts(clauses):
        clauses = without_prompt_tag(clauses)
        prompts = f"SELECT 1 FROM {tags} p WHERE p.owner = {alias}.id AND p.key = ? AND lower(p.value) = 'true'"  # noqa: S608
        where = Condition(sql=f"NOT EXISTS ({prompts})", values=(PROMPT_TAG,))
    for clause in clauses:
        where = where & _condition(clause, tags, alias)
    return where


def _condition(clause: Comparison, tags: str, alias: str) -> Condition:
    if clause.entity is Entity.TAG:
        return has(tags, f"owner={alias}.id", clause)
    if clause.key == "version" and not isinstance(clause.value, int):
        raise InvalidValueError(f"version_number must be compared with a whole number, not {clause.value}")
    return compare(f"m.{clause.key}" if clause.key == "name" else f"{alias}.{clause.key}", clause)


def _ordered(order: Sequence[Ordering], owners: dict[str, str], alias: str, default: Sequence[str]) -> str:
    named = [f"{owners.get(item.key, alias)}.{item.key} {'ASC' if item.ascending else 'DESC'}" for item in order]
    given = {term.split()[0] for term in named}
    return ", ".join([*named, *(term for term in default if term.split()[0] not in given)])
