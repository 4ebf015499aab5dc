"""Searching logged models."""

import json
from collections.abc import Mapping, Sequence

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import LoggedModel, Page
from mlproj.tracking.filters import LOGGED_MODELS, Comparison, Entity, Ordering, parse_filter, parse_order
from mlproj.tracking.sql.conditions import Condition, compare, compare_metric, has
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.keysets import Term, distinct, missing_last, select_page
from mlproj.tracking.sql.models import COLUMNS, whole
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_max_results, parse_experiment_id

MAX_RESULTS = 50_000
_LAST = "x.timestamp DESC, x.step DESC LIMIT 1"


def search_logged_models(
    sql: Session,
    experiment_ids: Sequence[str],
    *,
    filter_string: str,
    datasets: Sequence[Mapping[str, str]],
    max_results: int,
    order_by: Sequence[Mapping[str, object]],
    page_token: str | None,
) -> Page[LoggedModel]:
    check_max_results(max_results, MAX_RESULTS)
    experiments = [parse_experiment_id(text) for text in experiment_ids]
    question = json.dumps([experiments, filter_string, [dict(item) for item in order_by]], default=str)
    where = Condition(sql=f"m.lifecycle_stage = 'active' AND {any_of('m.experiment_id')}", values=(many(experiments),))
    clauses = parse_filter(filter_string, LOGGED_MODELS)
    for clause in clauses:
        where = where & _condition(clause, datasets)
    if datasets and not any(clause.entity is Entity.METRIC for clause in clauses):
        where = where & _measured(datasets)
    found = select_page(
        sql,
        columns=COLUMNS,
        tables="logged_models m",
        where=where,
        order=_terms(order_by),
        size=max_results,
        page_token=page_token,
        question=question,
    )
    return Page(items=tuple(whole(sql, found.items)), next_page_token=found.next_page_token)


def _condition(clause: Comparison, datasets: Sequence[Mapping[str, str]]) -> Condition:
    if clause.entity is Entity.ATTRIBUTE:
        return compare(f"m.{clause.key}", clause)
    if clause.entity is not Entity.METRIC:
        return has(f"logged_model_{clause.entity.value}", "model_id=m.model_id", clause)
    inner = compare_metric("x", clause) & _of_datasets(datasets)
    base = "SELECT 1 FROM logged_model_metrics x WHERE x.model_id = m.model_id AND x.key = ?"
    return Condition(sql=f"EXISTS ({base} AND {inner.sql})", values=(clause.key, *inner.values))


def _measured(datasets: Sequence[Mapping[str, str]]) -> Condition:
    """Models with any metric on one of the data sets."""
    inner = _of_datasets(datasets)
    sql = f"EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model_id = m.model_id AND {inner.sql})"  # noqa: S608
    return Condition(sql=sql, values=inner.values)


def _of_datasets(datasets: Sequence[Mapping[str, str]]) -> Condition:
    """Metrics that were measured on one of the data sets."""
    if not datasets:
        return Condition(sql="1 = 1")
    parts = [_of_dataset(item.get("dataset_name", ""), item.get("dataset_digest", "")) for item in datasets]
    sql = " OR ".join(f"({part.sql})" for part in parts)
    return Condition(sql=f"({sql})", values=tuple(value for part in parts for value in part.values))


def _of_dataset(name: object, digest: object) -> Condition:
    condition = Condition(sql="1 = 1")
    if name:
        condition = condition & Condition(sql="x.dataset_name = ?", values=(str(name),))
    if digest:
        condition = condition & Condition(sql="x.dataset_digest = ?", values=(str(digest),))
    return condition


def _terms(items: Sequence[Mapping[str, object]]) -> list[Term]:
    order = parse_order([str(item.get("field_name", "")) for item in items], LOGGED_MODELS)
    terms: list[Term] = []
    for ordering, item in zip(order, items, strict=True):
        ascending = item.get("ascending", True)
        if not isinstance(ascending, bool):
            raise InvalidValueError("'ascending' in order_by must be true or false")
        sub, bound = _sort_key(ordering, item)
        if ordering.entity is Entity.ATTRIBUTE:
            textual = ordering.key not in LOGGED_MODELS.numbers.values()
            terms.append(Term(sql=sub, ascending=ascending, textual=textual))
        else:
            textual = ordering.entity is not Entity.METRIC
            terms += missing_last(sub, ascending=ascending, textual=textual, values=bound)
    newest_first = Term(sql="m.creation_timestamp", ascending=False)
    return distinct([*terms, newest_first, Term(sql="m.model_id", textual=True)])


def _sort_key(ordering: Ordering, item: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
    if ordering.entity is Entity.ATTRIBUTE:
        return f"m.{ordering.key}", ()
    table = f"logged_model_{ordering.entity.value}"
    if ordering.entity is not Entity.METRIC:
        return f"(SELECT x.value FROM {table} x WHERE x.model_id = m.model_id AND x.key = ?)", (ordering.key,)  # noqa: S608
    scope = _of_dataset(item.get("dataset_name"), item.get("dataset_digest"))
    sub = (
        "SELECT CASE WHEN x.is_nan = 1 THEN NULL ELSE x.value END"  # noqa: S608
        f" FROM {table} x WHERE x.model_id = m.model_id AND x.key = ? AND {scope.sql} ORDER BY {_LAST}"
    )
    return f"({sub})", (ordering.key, *scope.values)
