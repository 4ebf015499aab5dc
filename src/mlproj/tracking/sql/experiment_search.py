"""Searching experiments."""

from collections.abc import Sequence

from mlproj.tracking.entities import Experiment, LifecycleStage, Page, ViewType
from mlproj.tracking.filters import EXPERIMENTS, Comparison, Entity, Ordering, parse_filter, parse_order
from mlproj.tracking.paging import offset_of, page
from mlproj.tracking.sql.conditions import Condition, compare, has
from mlproj.tracking.sql.experiments import COLUMNS, with_tags
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_max_results

MAX_RESULTS = 50_000


def search_experiments(
    sql: Session,
    *,
    filter_string: str,
    view_type: ViewType,
    max_results: int,
    order_by: Sequence[str],
    page_token: str | None,
) -> Page[Experiment]:
    check_max_results(max_results, MAX_RESULTS)
    where = Condition(sql="1 = 1")
    if view_type is not ViewType.ALL:
        stage = LifecycleStage.ACTIVE if view_type is ViewType.ACTIVE_ONLY else LifecycleStage.DELETED
        where = Condition(sql="e.lifecycle_stage = ?", values=(stage.value,))
    for clause in parse_filter(filter_string, EXPERIMENTS):
        where = where & _condition(clause)
    ordering, bound = _ordered(parse_order(order_by, EXPERIMENTS))
    offset = offset_of(page_token)
    statement = f"SELECT {COLUMNS} FROM experiments e WHERE {where.sql} ORDER BY {ordering} LIMIT ? OFFSET ?"  # noqa: S608
    rows = sql.execute(statement, (*where.values, *bound, max_results + 1, offset)).fetchall()
    return page(with_tags(sql, rows), offset=offset, size=max_results)


def _condition(clause: Comparison) -> Condition:
    if clause.entity is Entity.TAG:
        return has("experiment_tags", "experiment_id=e.experiment_id", clause)
    column = "CAST(e.experiment_id AS TEXT)" if clause.key == "experiment_id" else f"e.{clause.key}"
    return compare(column, clause)


def _ordered(order: Sequence[Ordering]) -> tuple[str, tuple[object, ...]]:
    terms, values = [], []
    for item in order:
        direction = "ASC" if item.ascending else "DESC"
        if item.entity is Entity.ATTRIBUTE:
            terms.append(f"e.{item.key} {direction}")
            continue
        tag = "(SELECT t.value FROM experiment_tags t WHERE t.experiment_id = e.experiment_id AND t.key = ?)"
        terms += [f"{tag} IS NULL", f"{tag} {direction}"]
        values += [item.key, item.key]
    named = {item.key for item in order if item.entity is Entity.ATTRIBUTE}
    if not order:
        terms.append("e.creation_time DESC")
    if "experiment_id" not in named:
        terms.append("e.experiment_id ASC")
    return ", ".join(terms), tuple(values)
