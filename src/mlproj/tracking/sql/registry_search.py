"""Searching registered models and their versions."""

import json
from collections.abc import Sequence

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import ModelVersion, Page, RegisteredModel
from mlproj.tracking.filters import Comparison, Entity, Ordering, parse_filter, parse_order
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
from mlproj.tracking.sql.keysets import Term, distinct, select_page
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_max_results

MOST_MODELS = 1000
MOST_VERSIONS = 200_000
_NAME = Term(sql="m.name", textual=True)
_UPDATED = Term(sql="v.last_updated_timestamp", ascending=False)
_VERSION = Term(sql="v.version", ascending=False)


def search_models(
    sql: Session, *, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> Page[RegisteredModel]:
    check_max_results(max_results, MOST_MODELS)
    found = select_page(
        sql,
        columns=registry_models.COLUMNS,
        tables="registered_models m",
        where=_where(parse_filter(filter_string, MODELS), "registered_model_tags", "m"),
        order=distinct([*_terms(parse_order(order_by, MODEL_ORDER), "m"), _NAME]),
        size=max_results,
        page_token=page_token,
        question=json.dumps(["models", filter_string, list(order_by)]),
    )
    return Page(items=tuple(registry_models.whole(sql, found.items)), next_page_token=found.next_page_token)


def search_versions(
    sql: Session, *, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> Page[ModelVersion]:
    check_max_results(max_results, MOST_VERSIONS)
    found = select_page(
        sql,
        columns=registry_versions.COLUMNS,
        tables=registry_versions.TABLES,
        where=_where(parse_filter(filter_string, VERSIONS), "model_version_tags", "v"),
        order=distinct([*_terms(parse_order(order_by, VERSION_ORDER), "v"), _UPDATED, _NAME, _VERSION]),
        size=max_results,
        page_token=page_token,
        question=json.dumps(["versions", filter_string, list(order_by)]),
    )
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


def _terms(order: Sequence[Ordering], alias: str) -> list[Term]:
    return [
        Term(
            sql=f"{'m' if item.key == 'name' else alias}.{item.key}",
            ascending=item.ascending,
            textual=item.key == "name",
        )
        for item in order
    ]
