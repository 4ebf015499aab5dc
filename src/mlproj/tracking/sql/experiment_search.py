"""Searching experiments."""

import json
from collections.abc import Sequence

from mlproj.tracking.entities import Experiment, LifecycleStage, Page, ViewType
from mlproj.tracking.filters import EXPERIMENTS, Comparison, Entity, Ordering, parse_filter, parse_order
from mlproj.tracking.sql.conditions import Condition, compare, has
from mlproj.tracking.sql.experiments import COLUMNS, with_tags
from mlproj.tracking.sql.keysets import Term, distinct, missing_last, select_page
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
    found = select_page(
        sql,
        columns=COLUMNS,
        tables="experiments e",
        where=where,
        order=_terms(parse_order(order_by, EXPERIMENTS)),
        size=max_results,
        page_token=page_token,
        question=json.dumps(["experiments", filter_string, view_type.value, list(order_by)]),
    )
    return Page(items=tuple(with_tags(sql, found.items)), next_page_token=found.next_page_token)


def _condition(clause: Comparison) -> Condition:
    if clause.entity is Entity.TAG:
        return has("experiment_tags", "experiment_id=e.experiment_id", clause)
    column = "CAST(e.experiment_id AS TEXT)" if clause.key == "experiment_id" else f"e.{clause.key}"
    return compare(column, clause)


def _terms(order: Sequence[Ordering]) -> list[Term]:
    terms: list[Term] = []
    for item in order:
        if item.entity is Entity.ATTRIBUTE:
            terms.append(Term(sql=f"e.{item.key}", ascending=item.ascending, textual=item.key == "name"))
            continue
        tag = "(SELECT t.value FROM experiment_tags t WHERE t.experiment_id = e.experiment_id AND t.key = ?)"
        terms += missing_last(tag, ascending=item.ascending, textual=True, values=(item.key,))
    if not order:
        terms.append(Term(sql="e.creation_time", ascending=False))
    return distinct([*terms, Term(sql="e.experiment_id")])
