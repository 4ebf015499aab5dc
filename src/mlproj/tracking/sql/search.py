"""Searching runs: a filter, an order and a page become one statement.

A rare value is found through the index on values, a common one by walking the runs by time: which of the two it is, a
probe of the value index decides.
"""

from collections.abc import Sequence

from mlproj.tracking.entities import LifecycleStage, Page, Run, ViewType
from mlproj.tracking.filters import RUNS, Comparison, Entity, Ordering, parse_filter, parse_order
from mlproj.tracking.paging import offset_of, page
from mlproj.tracking.sql.conditions import Condition, compare, compare_metric, has
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.runs import COLUMNS, whole
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_max_results, parse_experiment_id

MAX_RESULTS = 50_000
PROBE = 20_000
_TABLES = {Entity.PARAM: "params", Entity.TAG: "tags", Entity.METRIC: "latest_metrics"}
_CONTEXT = "mlflow.data.context"


def search_runs(
    sql: Session,
    experiment_ids: Sequence[str],
    *,
    filter_string: str,
    view_type: ViewType,
    max_results: int,
    order_by: Sequence[str],
    page_token: str | None,
) -> Page[Run]:
    check_max_results(max_results, MAX_RESULTS)
    experiments = [parse_experiment_id(text) for text in experiment_ids]
    clauses = parse_filter(filter_string, RUNS)
    order = parse_order(order_by, RUNS)
    offset = offset_of(page_token)
    if not experiments:
        return Page(items=())
    tables, where = _from(sql, clauses)
    where = where & _scope(experiments, view_type)
    joins, bound, ordering = _ordered(order)
    statement = f"SELECT {COLUMNS} FROM {tables}{joins} WHERE {where.sql} ORDER BY {ordering} LIMIT ? OFFSET ?"  # noqa: S608
    rows = sql.execute(statement, (*bound, *where.values, max_results + 1, offset)).fetchall()
    found = page(rows, offset=offset, size=max_results)
    return Page(items=tuple(whole(sql, found.items)), next_page_token=found.next_page_token)


def _scope(experiments: Sequence[int], view_type: ViewType) -> Condition:
    if len(experiments) == 1:
        scope = Condition(sql="r.experiment_id = ?", values=(experiments[0],))
    else:
        scope = Condition(sql=any_of("r.experiment_id"), values=(many(experiments),))
    return scope & _stage("r", view_type)


def _stage(alias: str, view_type: ViewType) -> Condition:
    if view_type is ViewType.ALL:
        return Condition(sql="1 = 1")
    stage = LifecycleStage.ACTIVE if view_type is ViewType.ACTIVE_ONLY else LifecycleStage.DELETED
    return Condition(sql=f"{alias}.lifecycle_stage = ?", values=(stage.value,))


def _from(sql: Session, clauses: Sequence[Comparison]) -> tuple[str, Condition]:
    """The tables to read, the first one leading, and the condition on them."""
    leader = _rarest(sql, clauses)
    where = Condition(sql="1 = 1")
    tables = "runs r"
    if leader is not None:
        tables = f"{_TABLES[leader.entity]} l CROSS JOIN runs r"
        where = Condition(sql="l.run = r.id AND l.key = ?", values=(leader.key,)) & _value("l", leader)
    for clause in clauses:
        if clause is not leader:
            where = where & _condition(clause)
    return tables, where


def _rarest(sql: Session, clauses: Sequence[Comparison]) -> Comparison | None:
    """The clause with the fewest hits in an index on values, if that is few enough to sort them."""
    indexed = [clause for clause in clauses if clause.entity in _TABLES and clause.value is not None]
    counted = sorted(((_hits(sql, clause), number) for number, clause in enumerate(indexed)))
    return indexed[counted[0][1]] if counted and counted[0][0] <= PROBE else None


def _hits(sql: Session, clause: Comparison) -> int:
    condition = Condition(sql="l.key = ?", values=(clause.key,)) & _value("l", clause)
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {_TABLES[clause.entity]} l WHERE {condition.sql} LIMIT ?) hits"  # noqa: S608
    return int(sql.execute(statement, (*condition.values, PROBE + 1)).fetchone()[0])


def _value(alias: str, clause: Comparison) -> Condition:
    if clause.entity is Entity.METRIC:
        return compare_metric(alias, clause)
    return compare(f"{alias}.value", clause)


def _condition(clause: Comparison) -> Condition:
    if clause.entity is Entity.METRIC:
        inner = compare_metric("x", clause)
        base = "SELECT 1 FROM latest_metrics x WHERE x.run = r.id AND x.key = ?"
        return Condition(sql=f"EXISTS ({base} AND {inner.sql})", values=(clause.key, *inner.values))
    if clause.entity in _TABLES:
        return has(_TABLES[clause.entity], "run=r.id", clause)
    if clause.entity is Entity.DATASET:
        return _dataset(clause)
    column = "CAST(r.experiment_id AS TEXT)" if clause.key == "experiment_id" else f"r.{clause.key}"
    return compare(column, clause)


def _dataset(clause: Comparison) -> Condition:
    if clause.key == "context":
        inner = compare("x.value", clause)
        base = "SELECT 1 FROM dataset_input_tags x WHERE x.run = r.id AND x.key = ?"
        return Condition(sql=f"EXISTS ({base} AND {inner.sql})", values=(_CONTEXT, *inner.values))
    inner = compare(f"d.{clause.key}", clause)
    base = "SELECT 1 FROM dataset_inputs x JOIN datasets d ON d.id = x.dataset WHERE x.run = r.id"
    return Condition(sql=f"EXISTS ({base} AND {inner.sql})", values=inner.values)


def _ordered(order: Sequence[Ordering]) -> tuple[str, tuple[object, ...], str]:
    """Joins that an order needs, their values, and the ORDER BY list. What is missing comes last both ways."""
    joins, values, terms = "", [], []
    for number, item in enumerate(order):
        direction = "ASC" if item.ascending else "DESC"
        if item.entity is Entity.ATTRIBUTE:
            terms += [f"r.{item.key} IS NULL"] if item.key == "end_time" else []
            terms.append(f"r.{item.key} {direction}")
            continue
        alias = f"o{number}"
        joins += f" LEFT JOIN {_TABLES[item.entity]} {alias} ON {alias}.run = r.id AND {alias}.key = ?"
        values.append(item.key)
        terms.append(f"{alias}.run IS NULL")
        if item.entity is Entity.METRIC:
            terms.append(f"{alias}.is_nan")
        terms.append(f"{alias}.value {direction}")
    if not any(item.entity is Entity.ATTRIBUTE and item.key == "start_time" for item in order):
        terms.append("r.start_time DESC")
    if not any(item.entity is Entity.ATTRIBUTE and item.key == "run_id" for item in order):
        terms.append("r.run_id ASC")
    return joins, tuple(values), ", ".join(terms)
