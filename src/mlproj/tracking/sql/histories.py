"""The histories of one metric of several runs at once, for charts."""

from collections.abc import Iterable, Sequence

from mlproj.tracking.entities import Metric
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session

_COLUMNS = "r.run_id, m.key, m.timestamp, m.step, m.value, m.is_nan"
_OF_RUNS = f"FROM metrics m JOIN runs r ON r.id = m.run WHERE {any_of('r.run_id')} AND m.key = ?"
EVERYTHING = (-(2**63), 2**63 - 1)


def first_points(sql: Session, run_ids: Sequence[str], key: str, *, max_results: int) -> tuple[Metric, ...]:
    """By run, then by time."""
    statement = f"SELECT {_COLUMNS} {_OF_RUNS} ORDER BY r.run_id, m.timestamp, m.step, m.value LIMIT ?"
    return _points(sql.execute(statement, (many(run_ids), key, max_results)))


def sampled_points(
    sql: Session, run_ids: Sequence[str], key: str, *, max_results: int, steps: tuple[int, int] | None
) -> tuple[Metric, ...]:
    """By run, then by step."""
    scope = (many(run_ids), key, *(steps or EVERYTHING))
    rows = sql.execute(
        f"SELECT m.run, min(m.step), max(m.step) {_OF_RUNS} AND m.step BETWEEN ? AND ? GROUP BY m.run", scope
    ).fetchall()
    ends = {step for _, first, last in rows for step in (first, last)}
    statement = f"SELECT DISTINCT m.step {_OF_RUNS} AND m.step BETWEEN ? AND ? ORDER BY m.step"
    chosen = ends | set(evenly([row[0] for row in sql.execute(statement, scope)], max_results))
    statement = f"SELECT {_COLUMNS} {_OF_RUNS} AND {any_of('m.step')} ORDER BY r.run_id, m.step, m.timestamp, m.value"
    return _points(sql.execute(statement, (*scope[:2], many(sorted(chosen)))))


def evenly(steps: Sequence[int], most: int) -> list[int]:
    """At most `most` of the steps, at even distances, the first and the last among them (if two may be had)."""
    if len(steps) <= most:
        return list(steps)
    last = len(steps) - 1
    return [steps[round(number * last / max(most - 1, 1))] for number in range(most)]


def _points(rows: Iterable[Row]) -> tuple[Metric, ...]:
    return tuple(
        Metric(key=key, value=float("nan") if is_nan else value, timestamp=timestamp, step=step, run_id=run_id)
        for run_id, key, timestamp, step, value, is_nan in rows
    )
