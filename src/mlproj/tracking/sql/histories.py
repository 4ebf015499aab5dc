"""The histories of one metric of several runs at once, for charts."""

from collections.abc import Iterable, Sequence

from mlproj.tracking.entities import Metric
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session

_COLUMNS = "r.run_id, m.key, m.timestamp, m.step, m.value, m.is_nan"
_OF_RUNS = f"FROM metrics m JOIN runs r ON r.id = m.run WHERE {any_of('r.run_id')} AND m.key = ?"


def first_points(sql: Session, run_ids: Sequence[str], key: str, *, max_results: int) -> tuple[Metric, ...]:
    """By run, then by time."""
    statement = f"SELECT {_COLUMNS} {_OF_RUNS} ORDER BY r.run_id, m.timestamp, m.step, m.value LIMIT ?"
    return _points(sql.execute(statement, (many(run_ids), key, max_results)))


def sampled_points(
    sql: Session, run_ids: Sequence[str], key: str, *, max_results: int, steps: tuple[int, int] | None
) -> tuple[Metric, ...]:
    """In the order of the runs, then by step."""
    within = "" if steps is None else " AND m.step BETWEEN ? AND ?"
    counting = f"SELECT r.run_id, m.run, count(*) {_OF_RUNS}{within} GROUP BY r.run_id, m.run"
    counts = {row[0]: row[1:] for row in sql.execute(counting, (many(run_ids), key, *(steps or ())))}
    sampled = {
        run_id: _sample(sql, (run_id, number, key, *(steps or ())), within, spread(count, max_results))
        for run_id, (number, count) in counts.items()
    }
    return tuple(point for run_id in run_ids for point in sampled.get(run_id, ()))


def _sample(sql: Session, scope: tuple[object, ...], within: str, places: Sequence[int]) -> tuple[Metric, ...]:
    order = "m.step, m.timestamp, m.value, m.is_nan"
    numbered = (
        "SELECT m.key, m.timestamp, m.step, m.value, m.is_nan,"  # noqa: S608
        f" row_number() OVER (ORDER BY {order}) - 1 AS place FROM metrics m WHERE m.run = ? AND m.key = ?{within}"
    )
    run_id, *bound = scope
    rows = sql.execute(
        f"SELECT m.key, m.timestamp, m.step, m.value, m.is_nan FROM ({numbered}) m"  # noqa: S608
        f" WHERE {any_of('m.place')} ORDER BY {order}",
        (*bound, many(places)),
    )
    return _points((run_id, *row) for row in rows)


def spread(count: int, most: int) -> list[int]:
    """Which of `count` points stand for all: the first of each of `most` parts of equal size, and the last point.

    Those that NTILE finds and a genuine server answers: parts with one point more come first.
    """
    if count <= most:
        return list(range(count))
    size, longer = divmod(count, most)
    return [*(part * size + min(part, longer) for part in range(most - 1)), count - 1]


def _points(rows: Iterable[Row]) -> tuple[Metric, ...]:
    return tuple(
        Metric(key=key, value=float("nan") if is_nan else value, timestamp=timestamp, step=step, run_id=run_id)
        for run_id, key, timestamp, step, value, is_nan in rows
    )
