"""Searching runs: a filter, an order and a page."""

import json
from collections.abc import Sequence
from functools import reduce

from mlproj.tracking.entities import Page, Run, RunKeys, ViewType
from mlproj.tracking.filters import RUNS, Entity, parse_filter, parse_order
from mlproj.tracking.sql.conditions import Condition
from mlproj.tracking.sql.dialect import LISTED, many
from mlproj.tracking.sql.runs import COLUMNS, whole
from mlproj.tracking.sql.search_clauses import Clause, clause_of, scope_of
from mlproj.tracking.sql.search_orders import Hit, keys_of, position_of, token_of
from mlproj.tracking.sql.search_walks import Walk
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_max_results, parse_experiment_id

MAX_RESULTS = 50_000


def search_runs(
    sql: Session,
    experiment_ids: Sequence[str],
    *,
    filter_string: str,
    view_type: ViewType,
    max_results: int,
    order_by: Sequence[str],
    page_token: str | None,
    wanted: RunKeys | None = None,
) -> Page[Run]:
    check_max_results(max_results, MAX_RESULTS)
    experiments = sorted({parse_experiment_id(text) for text in experiment_ids})
    comparisons = parse_filter(filter_string, RUNS)
    keys = keys_of(parse_order(order_by, RUNS))
    question = json.dumps([experiments, filter_string, view_type.value, list(order_by)])
    after = position_of(page_token, keys, question)
    if not experiments:
        return Page(items=())
    scope = scope_of(experiments, view_type)
    clauses = [clause_of(comparison, scope) for comparison in comparisons]
    walk = Walk(sql, scope=scope, size=max_results + 1)
    hits = walk.hits(_worth_counting(clauses, scope, ordered=bool(keys)), keys, after)
    chosen = hits[:max_results]
    more = len(hits) > max_results
    return Page(
        items=tuple(_runs(sql, chosen, wanted)), next_page_token=token_of(chosen[-1], question) if more else None
    )


def count_runs(sql: Session, experiment_ids: Sequence[str], *, filter_string: str, view_type: ViewType) -> int:
    """How many runs a search finds in all."""
    experiments = sorted({parse_experiment_id(text) for text in experiment_ids})
    comparisons = parse_filter(filter_string, RUNS)
    if not experiments:
        return 0
    scope = scope_of(experiments, view_type)
    clauses = [(comparison.entity, clause_of(comparison, scope)) for comparison in comparisons]
    conditions = [_on_run(entity, clause) for entity, clause in clauses]
    if conditions:
        wanted = reduce(Condition.__and__, conditions) & scope.holds
        counted = Condition(sql=f"SELECT COUNT(*) FROM runs r WHERE {wanted.sql}", values=wanted.values)  # noqa: S608
    else:
        counted = Condition(sql=f"SELECT COUNT(*) FROM ({scope.found.sql}) s", values=scope.found.values)  # noqa: S608
    count: int = sql.execute(counted.sql, counted.values).fetchone()[0]
    return count


def _on_run(entity: Entity, clause: Clause) -> Condition:
    """What a run says itself is looked at there; of all else an index knows the runs."""
    if entity is Entity.ATTRIBUTE:
        return clause.holds
    return Condition(sql=f"r.id IN ({clause.found.sql})", values=clause.found.values)


def _worth_counting(clauses: Sequence[Clause], scope: Clause, *, ordered: bool) -> list[Clause]:
    """What may turn out to be rare. The newest runs of one experiment are read off an index, however few there are."""
    return [*clauses, scope] if clauses or ordered or not scope.indexed else []


def _runs(sql: Session, hits: Sequence[Hit], wanted: RunKeys | None) -> list[Run]:
    statement = f"SELECT {COLUMNS} FROM {LISTED} i CROSS JOIN runs r WHERE r.id = i.id"  # noqa: S608
    rows = {row[0]: row for row in sql.execute(statement, (many(hit.run for hit in hits),))}
    return whole(sql, [rows[hit.run] for hit in hits], wanted)
