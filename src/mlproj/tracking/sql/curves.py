"""One metric of several runs as curves that a chart can draw: all points where they are few, else what they span.

Of many points a chart shows no more than how high and how low they go at each of its pixels, so these are looked for:
the axis is cut into pieces, and of each piece the points with the lowest and the highest value are kept, at their own
places. No point that stands out is lost, however short it is. All points of the runs are gone through for that.

For a first look there are only the points at some moments, which an index leads to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, nan

from mlproj.tracking.entities import Curve
from mlproj.tracking.sql.dialect import LISTED, any_of, highest, lowest, many
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import LARGEST

Point = tuple[int, float]
WIDEST = 2**62
"""Wider pieces have no number in databases; four of these hold every step there is."""
MOST_AT_ONCE = 4
"""How many points may be logged in one moment, on average, for moments to show a curve."""
_INFINITE = {LARGEST: inf, -LARGEST: -inf}
"""How databases keep infinities, which MLflow's clients may log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """The points of one run in question. `axis` is a column, `within` conditions, `scope` what is bound."""

    axis: str
    within: str
    scope: tuple[object, ...]

    @property
    def points(self) -> str:
        return f"FROM metrics WHERE {self.within}"

    def where(self, condition: str, *values: object) -> "_Course":
        return replace(self, within=f"{self.within} AND {condition}", scope=(*self.scope, *values))


def curves(
    sql: Session,
    run_ids: Sequence[str],
    key: str,
    *,
    points: int,
    axis: str,
    between: tuple[int, int] | None,
    glimpse: int = 0,
) -> tuple[Curve, ...]:
    """`axis` is a column of ours, `step` or `timestamp`. In the order of `run_ids`; runs without points have none."""
    numbers = dict(sql.execute(f"SELECT run_id, id FROM runs WHERE {any_of('run_id')}", (many(run_ids),)).fetchall())  # noqa: S608
    found = []
    for run_id in dict.fromkeys(run_ids):
        if run_id not in numbers:
            continue
        course = _Course(axis=axis, within="run = ? AND key = ?", scope=(numbers[run_id], key))
        if between is not None:
            course = course.where(f"{axis} BETWEEN ? AND ?", *between)
        curve = _curve(sql, run_id, course, points, glimpse)
        if curve.at or not curve.exact:
            found.append(curve)
    return tuple(found)


def _curve(sql: Session, run_id: str, course: _Course, points: int, glimpse: int) -> Curve:
    statement = f"SELECT count(*) FROM (SELECT 1 {course.points} LIMIT ?) counted"  # noqa: S608 - a condition of ours
    exact = sql.execute(statement, (*course.scope, points + 1)).fetchone()[0] <= points
    if exact:
        found = _all(sql, course)
    else:
        chosen = _at_moments(sql, course, glimpse) if glimpse else _in_pieces(sql, course, max(1, points // 2))
        found = sorted(set(chosen), key=_place)
    return Curve(
        run_id=run_id,
        at=tuple(at for at, _ in found),
        values=tuple(_INFINITE.get(value, value) for _, value in found),
        exact=exact,
    )


def _all(sql: Session, course: _Course) -> list[Point]:
    statement = f"SELECT {course.axis}, value, is_nan {course.points} ORDER BY {course.axis}, timestamp, step, value"
    return [(at, nan if is_nan else value) for at, value, is_nan in sql.execute(statement, course.scope)]


def _place(point: Point) -> int:
    return point[0]


def _at_moments(sql: Session, course: _Course, count: int) -> list[Point]:
    """The points at moments that are evenly spread; none where so many share one that these would be no look at all."""
    statement = f"SELECT timestamp {course.points} ORDER BY timestamp {{}} LIMIT 1"
    first, last = (sql.execute(statement.format(end), course.scope).fetchone()[0] for end in ("ASC", "DESC"))
    moments = sorted({first + (last - first) * number // max(1, count - 1) for number in range(count)})
    following = "SELECT min(x.timestamp) FROM metrics x WHERE x.run = ? AND x.key = ? AND x.timestamp >= b.id"
    statement = (
        f"SELECT {course.axis}, value, is_nan FROM {LISTED} b CROSS JOIN metrics"  # noqa: S608 - columns of ours
        f" WHERE {course.within} AND timestamp = ({following}) LIMIT ?"
    )
    most = count * MOST_AT_ONCE
    rows = sql.execute(statement, (many(moments), *course.scope, *course.scope[:2], most + 1)).fetchall()
    return [] if len(rows) > most else [(int(at), nan if is_nan else value) for at, value, is_nan in rows]


def _in_pieces(sql: Session, course: _Course, pieces: int) -> Iterator[Point]:
    """Of each piece the points that stand out, and the first and the last of all.

    Pieces are multiples of their width, so that they stay where they are while a curve grows.
    """
    statement = f"SELECT min({course.axis}), max({course.axis}), sum(is_nan) {course.points}"
    first, last, nans = sql.execute(statement, course.scope).fetchone()
    groups = f"GROUP BY {course.axis} / {min(max(1, -(-(last - first + 1) // pieces)), WIDEST)}"
    if nans:
        yield from ((at, nan) for at in _places(sql, course.where("is_nan = 1"), groups))
    yield from _extremes(sql, course.where("is_nan = 0") if nans else course, groups)
    for end, direction in ((first, "ASC"), (last, "DESC")):
        yield _at(sql, course.where(f"{course.axis} = ?", end), end, direction)


def _extremes(sql: Session, course: _Course, groups: str) -> Iterator[Point]:
    """The lowest and the highest point of each group; beside infinite ones those of the finite."""
    found = [
        [(int(at), value) for value, at in sql.execute(f"SELECT {extreme} {course.points} {groups}", course.scope)]
        for extreme in (lowest("value", course.axis), highest("value", course.axis))
    ]
    if not any(value in _INFINITE for points in found for _, value in points):
        yield from (point for points in found for point in points)
        return
    for value in _INFINITE:
        yield from ((at, value) for at in _places(sql, course.where("value = ?", value), groups))
    yield from _extremes(sql, course.where("value > ? AND value < ?", -LARGEST, LARGEST), groups)


def _places(sql: Session, course: _Course, groups: str) -> Iterator[int]:
    """Where points are: the first of each group."""
    return (at for (at,) in sql.execute(f"SELECT min({course.axis}) {course.points} {groups}", course.scope))


def _at(sql: Session, course: _Course, at: int, direction: str) -> Point:
    """A point at an end of the axis; mostly it was logged as the first or the last, and is met at once."""
    statement = f"SELECT value, is_nan {course.points} ORDER BY timestamp {direction} LIMIT 1"
    value, is_nan = sql.execute(statement, course.scope).fetchone()
    return at, nan if is_nan else value
