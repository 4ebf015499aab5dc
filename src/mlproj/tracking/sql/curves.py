"""One metric of several runs as curves that a chart can draw: all points where they are few, else what they span."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlproj.tracking.entities import Curve
from mlproj.tracking.sql.dialect import LISTED, any_of, many
from mlproj.tracking.sql.session import Row, Session

MANY = 20_000
"""Of more points than that, some are looked up, where that is possible, instead of going through all."""
MOST_SCANNED = 400_000
PRIMES = (1, 2, 3, 5, 7, 11, 17, 23, 31, 43, 61, 89, 127, 181, 257, 367, 521, 739, 1049, 1487, 2111)
"""To thin out: steps that are even, or hundreds, must not fall through."""
_POINTS = "FROM metrics WHERE run = ? AND key = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """The points of one run in question. `axis` is a column, `within` a condition on it, `scope` what is bound."""

    run_id: str
    axis: str
    within: str
    scope: tuple[object, ...]


def curves(
    sql: Session, run_ids: Sequence[str], key: str, *, points: int, axis: str, between: tuple[int, int] | None
) -> tuple[Curve, ...]:
    """`axis` is a column of ours, `step` or `timestamp`. In the order of `run_ids`; runs without points have none."""
    numbers = dict(sql.execute(f"SELECT run_id, id FROM runs WHERE {any_of('run_id')}", (many(run_ids),)).fetchall())  # noqa: S608
    within = "" if between is None else f" AND {axis} BETWEEN ? AND ?"
    courses = [
        _Course(run_id=run_id, axis=axis, within=within, scope=(numbers[run_id], key, *(between or ())))
        for run_id in dict.fromkeys(run_ids)
        if run_id in numbers
    ]
    found = []
    for course in courses:
        count = _count(sql, course, MANY + 1)
        if 0 < count <= points:
            found.append(_exact(sql, course))
        elif count > MANY and (axis == "timestamp" or between is None):
            found.append(_looked_up(sql, course, points) or _spanned(sql, course, points, len(courses)))
        elif count:
            found.append(_spanned(sql, course, points, len(courses)))
    return tuple(found)


def _count(sql: Session, course: _Course, most: int) -> int:
    statement = f"SELECT count(*) FROM (SELECT 1 {_POINTS}{course.within} LIMIT ?) counted"  # noqa: S608
    return int(sql.execute(statement, (*course.scope, most)).fetchone()[0])


def _exact(sql: Session, course: _Course) -> Curve:
    rows = sql.execute(
        f"SELECT {course.axis}, value, is_nan {_POINTS}{course.within} ORDER BY {course.axis}, timestamp, step, value",
        course.scope,
    ).fetchall()
    return _curve(course, rows, exact=True)


def _looked_up(sql: Session, course: _Course, points: int) -> Curve | None:
    """Points at even distances in time, which an index leads to; None where most were logged at a few moments."""
    first, last = sql.execute(
        f"SELECT min(timestamp), max(timestamp) {_POINTS}{course.within}", course.scope
    ).fetchone()
    moments = sorted({first + (last - first) * part // (points - 1) for part in range(points)})
    nearest = (
        "SELECT (SELECT min(m.timestamp) FROM metrics m WHERE m.run = ? AND m.key = ? AND m.timestamp >= i.id)"  # noqa: S608
        f" FROM {LISTED} i"
    )
    times = {row[0] for row in sql.execute(nearest, (*course.scope[:2], many(moments)))}
    if len(times) < points // 4:
        return None
    most = points * 4
    rows = sql.execute(
        f"SELECT {course.axis}, value, is_nan {_POINTS} AND {any_of('timestamp')}"
        f" ORDER BY {course.axis}, timestamp, step, value LIMIT ?",
        (*course.scope[:2], many(sorted(times)), most + 1),
    ).fetchall()
    return None if len(rows) > most else _curve(course, rows, exact=False)


def _spanned(sql: Session, course: _Course, points: int, courses: int) -> Curve:
    """The lowest and the highest value of each of `points` / 2 pieces of the axis."""
    axis = course.axis
    count, first, last = sql.execute(
        f"SELECT count(*), min({axis}), max({axis}) {_POINTS}{course.within}", course.scope
    ).fetchone()
    width = max(1, -(-(last - first + 1) * 2 // points))
    thinning = next((prime for prime in PRIMES if count * courses // prime <= MOST_SCANNED), PRIMES[-1])
    thinned = f" AND ({axis} % {thinning} = 0 OR {axis} IN (?, ?))" if thinning > 1 else ""
    rows = sql.execute(
        f"SELECT min({axis}), max({axis}), min(value), max(value) {_POINTS}{course.within}{thinned} AND is_nan = 0"
        f" GROUP BY {axis} / {width} ORDER BY min({axis})",
        (*course.scope, *((first, last) if thinned else ())),
    ).fetchall()
    return _curve(course, [point for row in rows for point in _drawn(row)], exact=False)


def _drawn(row: Row) -> Iterator[Row]:
    first, last, low, high = row
    yield first, low, False
    if low != high:
        yield last, high, False


def _curve(course: _Course, rows: Sequence[Row], *, exact: bool) -> Curve:
    return Curve(
        run_id=course.run_id,
        at=tuple(row[0] for row in rows),
        values=tuple(float("nan") if is_nan else value for _, value, is_nan in rows),
        exact=exact,
    )
