"""Comparisons as SQL conditions: text with `?`, and the values for them."""

from dataclasses import dataclass

from mlproj.tracking.filters import Comparison
from mlproj.tracking.sql.dialect import GLOB, ILIKE, Pattern, any_of, many


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A part of a WHERE clause and what is bound in it, in order."""

    sql: str
    values: tuple[object, ...] = ()

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(sql=f"{self.sql} AND {other.sql}", values=(*self.values, *other.values))


def compare(column: str, comparison: Comparison) -> Condition:
    """A column against the value of a comparison; a number against NaN is `compare_metric`'s affair."""
    operator, value = comparison.operator, comparison.value
    if operator == "LIKE":
        return Condition(sql=f"{column} {GLOB}", values=(Pattern(str(value)),))
    if operator == "ILIKE":
        return Condition(sql=f"{column} {ILIKE}", values=(str(value),))
    if isinstance(value, tuple):
        negated = "NOT " if operator == "NOT IN" else ""
        return Condition(sql=f"{negated}{any_of(column)}", values=(many(value),))
    return Condition(sql=f"{column} {operator} ?", values=(value,))


def compare_metric(alias: str, comparison: Comparison) -> Condition:
    """The latest value of a metric; NaN differs from everything and compares with nothing."""
    number = Condition(sql=f"{alias}.value {comparison.operator} ?", values=(comparison.value,))
    if comparison.operator == "!=":
        return Condition(sql=f"({alias}.is_nan = 1 OR {number.sql})", values=number.values)
    return Condition(sql=f"{alias}.is_nan = 0") & number


def has(table: str, owner: str, comparison: Comparison) -> Condition:
    """Whether the owner has a key in `table` (params, tags) that compares; IS NULL asks for its absence."""
    link, parent = owner.split("=")
    base = f"SELECT 1 FROM {table} x WHERE x.{link} = {parent} AND x.key = ?"  # noqa: S608 - names of ours
    if comparison.value is None:
        negated = "NOT " if comparison.operator == "IS NULL" else ""
        return Condition(sql=f"{negated}EXISTS ({base})", values=(comparison.key,))
    inner = compare("x.value", comparison)
    return Condition(sql=f"EXISTS ({base} AND {inner.sql})", values=(comparison.key, *inner.values))
