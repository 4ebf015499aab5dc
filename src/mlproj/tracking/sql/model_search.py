"""Searching logged models."""

import json
from collections.abc import Mapping, Sequence

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import LoggedModel, Page
from mlproj.tracking.filters import LOGGED_MODELS, Comparison, Entity, Ordering, parse_filter, parse_order
from mlproj.tracking.paging import offset_of, page
from mlproj.tracking.sql.conditions import Condition, compare, compare_metric, has
from mlproj.tracking.sql.dialect import any_of, many
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
    offset = offset_of(page_token, question)
    where = Condition(sql=f"m.lifecycle_stage = 'active' AND {any_of('m.experiment_id')}", values=(many(experiments),))
    clauses = parse_filter(filter_string, LOGGED_MODELS)
    for clause in clauses:
        where = where & _condition(clause, datasets)
    if datasets and not any(clause.entity is Entity.METRIC for clause in clauses):
        where = where & _measured(datasets)
    ordering, bound = _ordered(order_by)
    statement = f"SELECT {COLUMNS} FROM logged_models m WHERE {where.sql} ORDER BY {ordering} LIMIT ? OFFSET ?"  # noqa: S608
    rows = sql.execute(statement, (*where.values, *bound, max_results + 1, offset)).fetchall()
    return page(whole(sql, rows), offset=offset, size=max_results, question=question)


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


def _ordered(items: Sequence[Mapping[str, object]]) -> tuple[str, tuple[object, ...]]:
    order = parse_order([str(item.get("field_name", "")) for item in items], LOGGED_MODELS)
    terms: list[str] = []
    values: list[object] = []
    for ordering, item in zip(order, items, strict=True):
        ascending = item.get("ascending", True)
        if not isinstance(ascending, bool):
            raise InvalidValueError("'ascending' in order_by must be true or false")
        direction = "ASC" if ascending else "DESC"
        sub, bound = _sort_key(ordering, item)
        terms += [f"{sub} IS NULL", f"{sub} {direction}"]
        values += [*bound, *bound]
    if all(ordering.key != "creation_timestamp" or ordering.entity is not Entity.ATTRIBUTE for ordering in order):
        terms.append("m.creation_timestamp DESC")
    return ", ".join([*terms, "m.model_id ASC"]), tuple(values)


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
