"""One metric of several runs as curves that a chart can draw: all points where they are few, else what they span."""

from collections.abc import Iterator, Sequence

from mlproj.tracking.entities import Curve
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session

MOST_SCANNED = 400_000
PRIMES = (2, 3, 5, 7, 11, 17, 23, 31, 43, 61, 89, 127, 181, 257, 367, 521, 739, 1049, 1487, 2111)
"""To thin out: steps that are even, or hundreds, must not fall through."""
_POINTS = "FROM metrics WHERE run = ? AND key = ?"


def curves(
    sql: Session, run_ids: Sequence[str], key: str, *, points: int, axis: str, between: tuple[int, int] | None
) -> tuple[Curve, ...]:
    """`axis` is a column of ours, `step` or `timestamp`. In the order of `run_ids`; runs without points have none."""
    numbers = dict(sql.execute(f"SELECT run_id, id FROM runs WHERE {any_of('run_id')}", (many(run_ids),)))  # noqa: S608
    within = "" if between is None else f" AND {axis} BETWEEN ? AND ?"
    scopes = {
        run_id: (numbers[run_id], key, *(between or ())) for run_id in dict.fromkeys(run_ids) if run_id in numbers
    }
    spans = {run_id: _span(sql, axis, within, scope) for run_id, scope in scopes.items()}
    total = sum(count for count, _, _ in spans.values() if count > points)
    thinning = next((prime for prime in PRIMES if total / prime <= MOST_SCANNED), PRIMES[-1]) if total else 1
    thinning = 1 if total <= MOST_SCANNED else thinning
    return tuple(
        _exact(sql, run_id, axis, within, scopes[run_id])
        if count <= points
        else _spanned(sql, run_id, axis, within, scopes[run_id], ends=(first, last), points=points, thinning=thinning)
        for run_id, (count, first, last) in spans.items()
        if count
    )


def _span(sql: Session, axis: str, within: str, scope: Sequence[object]) -> tuple[int, int, int]:
    count, first, last = sql.execute(
        f"SELECT count(*), min({axis}), max({axis}) {_POINTS}{within}",
        scope,
    ).fetchone()
    return count, first or 0, last or 0


def _exact(sql: Session, run_id: str, axis: str, within: str, scope: Sequence[object]) -> Curve:
    rows = sql.execute(
        f"SELECT {axis}, value, is_nan {_POINTS}{within} ORDER BY {axis}, timestamp, step, value",
        scope,
    ).fetchall()
    values = tuple(float("nan") if is_nan else value for _, value, is_nan in rows)
    return Curve(run_id=run_id, at=tuple(row[0] for row in rows), values=values, exact=True)


def _spanned(
    sql: Session,
    run_id: str,
    axis: str,
    within: str,
    scope: Sequence[object],
    *,
    ends: tuple[int, int],
    points: int,
    thinning: int,
) -> Curve:
    """The lowest and the highest value of each of `points` / 2 pieces of the axis."""
    first, last = ends
    width = max(1, -(-(last - first + 1) * 2 // points))
    thinned = f" AND ({axis} % {thinning} = 0 OR {axis} IN (?, ?))" if thinning > 1 else ""
    rows = sql.execute(
        f"SELECT min({axis}), max({axis}), min(value), max(value) {_POINTS}{within}{thinned} AND is_nan = 0"
        f" GROUP BY {axis} / {width} ORDER BY min({axis})",
        (*scope, *(ends if thinned else ())),
    ).fetchall()
    found = [point for row in rows for point in _drawn(row)]
    return Curve(run_id=run_id, at=tuple(at for at, _ in found), values=tuple(value for _, value in found), exact=False)


def _drawn(row: Row) -> Iterator[tuple[int, float]]:
    first, last, low, high = row
    yield first, low
    if low != high:
        yield last, high
