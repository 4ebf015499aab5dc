"""What a filter of runs asks for, in two ways: how to find the runs, and whether a run at hand is one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlproj.tracking.entities import LifecycleStage, ViewType
from mlproj.tracking.filters import Comparison, Entity
from mlproj.tracking.sql.conditions import Condition, compare, compare_metric
from mlproj.tracking.sql.dialect import BY_TEXT, EACH, LONG, any_of, lacking, many
from mlproj.tracking.sql.runs import NAME_TAG
from mlproj.tracking.sql.search_absence import INDEXED, Absence

TABLES = {Entity.PARAM: "params", Entity.TAG: "tags", Entity.METRIC: "latest_metrics"}
LONG_ATTRIBUTES = frozenset({"user_id", "artifact_uri"})
_CONTEXT = "mlflow.data.context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """`found` selects the ids of the runs, some maybe twice; `holds` is a condition on the run `r`.

    A plus before a column keeps SQLite from going through an index of it. `indexed` is the condition without those, if
    it is one that the order of time has an index for. `absence` is the key that they lack, if that can be counted.
    """

    found: Condition
    holds: Condition
    indexed: Condition | None = None
    absence: Absence | None = None


def clause_of(comparison: Comparison, scope: Clause) -> Clause:
    """What one comparison asks for; `scope` is where it is asked."""
    if comparison.entity is Entity.ATTRIBUTE and comparison.key == "run_name":
        return _text("tags", NAME_TAG, comparison, scope)
    if comparison.entity is Entity.ATTRIBUTE:
        return _attribute(comparison)
    if comparison.entity is Entity.DATASET:
        return _dataset(comparison)
    if comparison.entity is Entity.METRIC:
        return _valued("latest_metrics", comparison.key, compare_metric("x", comparison))
    return _text(TABLES[comparison.entity], comparison.key, comparison, scope)


def scope_of(experiments: Sequence[int], view_type: ViewType) -> Clause:
    """Runs of some experiments, on the stages that the view shows."""
    stage = LifecycleStage.DELETED if view_type is ViewType.DELETED_ONLY else LifecycleStage.ACTIVE
    staged = Condition(sql="r.lifecycle_stage = ?", values=(stage.value,))
    if len(experiments) > 1:
        among = Condition(sql=any_of("+r.experiment_id"), values=(many(experiments),))
        found = Condition(sql=any_of("r.experiment_id"), values=(many(experiments),))
    else:
        among = Condition(sql="+r.experiment_id = ?", values=(experiments[0],))
        found = Condition(sql="r.experiment_id = ?", values=(experiments[0],))
    indexed = found if len(experiments) == 1 else among
    if view_type is not ViewType.ALL:
        found, indexed, among = (
            found & staged,
            indexed & staged,
            among & Condition(sql=f"+{staged.sql}", values=staged.values),
        )
    return Clause(
        found=_select("r.id", "runs r", found),
        holds=among,
        indexed=indexed if len(experiments) == 1 and view_type is not ViewType.DELETED_ONLY else None,
    )


def all_of(*clauses: Clause) -> Condition:
    """That all of them hold for a run at hand."""
    condition = Condition(sql="1 = 1")
    for clause in clauses:
        condition = condition & clause.holds
    return condition


def with_number(key: str, value: float | None) -> Clause:
    """Runs with a metric of exactly this value; None stands for NaN."""
    if value is None:
        return _valued("latest_metrics", key, Condition(sql="x.is_nan = 1"))
    return _valued("latest_metrics", key, Condition(sql="x.is_nan = 0 AND x.value = ?", values=(value,)))


def with_text(table: str, key: str, value: str) -> Clause:
    return _valued(table, key, Condition(sql=f"x.value {LONG} = ?", values=(value,)))


def with_attribute(column: str, value: object) -> Clause:
    marked = f"{column} {LONG}" if column in LONG_ATTRIBUTES else column
    condition = Condition(sql=f"{marked} = ?", values=(value,))
    if value is None:
        condition = Condition(sql=f"{column} IS NULL")
    return _of_run(condition)


def without(table: str, key: str, scope: Clause) -> Clause:
    """Runs that lack a key; in all of a store they may be common although there are few in scope."""
    there = _exists(f"{table} x", Condition(sql="x.run = r.id AND x.key = ?", values=(key,)))
    absent = Condition(sql=f"NOT {there.sql}", values=there.values)
    found = Condition(sql=f"{scope.found.sql} AND {lacking(table)}", values=(*scope.found.values, key))
    return Clause(found=found, holds=absent, absence=Absence(table=table, key=key) if table in INDEXED else None)


def _text(table: str, key: str, comparison: Comparison, scope: Clause) -> Clause:
    if comparison.operator == "IS NULL":
        return without(table, key, scope)
    if comparison.value is None:
        return _valued(table, key, Condition(sql="1 = 1"))
    return _valued(table, key, compare(f"x.value {LONG}", comparison))


def _valued(table: str, key: str, condition: Condition) -> Clause:
    keyed = Condition(sql="x.key = ?", values=(key,)) & condition
    run = f"x.run {BY_TEXT}" if LONG in condition.sql else "x.run"
    return Clause(
        found=_select(run, f"{table} x", keyed), holds=_exists(f"{table} x", Condition(sql="x.run = r.id") & keyed)
    )


def _attribute(comparison: Comparison) -> Clause:
    column = "CAST(experiment_id AS TEXT)" if comparison.key == "experiment_id" else comparison.key
    return _of_run(compare(f"{column} {LONG}" if column in LONG_ATTRIBUTES else column, comparison))


def _of_run(condition: Condition) -> Clause:
    """A condition on a column of the run itself, which stands first in it.

    One on the time may use an index: a walk by time then begins, or ends, there.
    """
    plain = condition.sql.replace("CAST(", "CAST(r.", 1) if condition.sql.startswith("CAST(") else f"r.{condition.sql}"
    if condition.sql.startswith("NOT "):
        plain = f"NOT r.{condition.sql.removeprefix('NOT ')}"
    passive = plain if condition.sql.startswith("start_time ") else plain.replace("r.", "+r.", 1)
    return Clause(
        found=_select("r.id", "runs r", Condition(sql=plain, values=condition.values)),
        holds=Condition(sql=passive, values=condition.values),
    )


def _dataset(comparison: Comparison) -> Clause:
    if comparison.key == "context":
        return _valued("dataset_input_tags", _CONTEXT, compare(f"x.value {LONG}", comparison))
    inner = compare(f"d.{comparison.key}", comparison)
    base = Condition(sql="x.dataset = d.id") & inner
    return Clause(
        found=_select("x.run", "datasets d CROSS JOIN dataset_inputs x", base),
        holds=_exists("dataset_inputs x CROSS JOIN datasets d", Condition(sql="x.run = r.id") & base),
    )


def _exists(tables: str, condition: Condition) -> Condition:
    inner = _select("1", tables, condition)
    return Condition(sql=f"EXISTS ({inner.sql} {EACH})", values=inner.values)


def _select(what: str, tables: str, condition: Condition) -> Condition:
    return Condition(sql=f"SELECT {what} FROM {tables} WHERE {condition.sql}", values=condition.values)  # noqa: S608
