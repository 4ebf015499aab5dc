"""What runs log, in SQL: params and metric points."""

import math
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.entities import Metric, Series
from mlproj.tracking.paging import read_token, write_token
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_integer, storable

_LATEST = """
INSERT INTO latest_metrics (run, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run, key) DO UPDATE
SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan
WHERE (excluded.step, excluded.timestamp, excluded.value, excluded.is_nan)
    > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value, latest_metrics.is_nan)
"""


_POINT = (
    "INSERT INTO metrics (run, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_AGE = itemgetter(3, 2, 4, 5)
"""What tells an older row of points from a newer one: step, time, value, and NaN after a number."""


def log_params(sql: Session, run: int, params: Mapping[str, str]) -> None:
    """Write params that have been checked. The same value again is fine, another one is refused."""
    if not params:
        return
    known = dict(
        sql.execute(
            f"SELECT key, value FROM params WHERE run = ? AND {any_of('key')}",  # noqa: S608
            (run, many(params)),
        ).fetchall()
    )
    for key, value in params.items():
        if known.get(key, value) != value:
            raise InvalidValueError(
                f"Changing param values is not allowed. Param {key!r} is {known[key]!r}, and was now given as {value!r}"
            )
    sql.executemany(
        "INSERT INTO params (run, key, value) VALUES (?, ?, ?)",
        [(run, key, value) for key, value in params.items() if key not in known],
    )


def log_metrics(sql: Session, run: int, metrics: Sequence[Metric]) -> None:
    """Write points that have been checked; one that is there already is dropped, so that a retry does no harm."""
    if not metrics:
        return
    rows = [
        (run, metric.key, metric.timestamp, metric.step, value, is_nan)
        for metric in metrics
        for value, is_nan in (storable(metric.value),)
    ]
    sql.executemany(_POINT, rows)
    sql.executemany(_LATEST, _newest(rows))
    _attach(sql, run, [metric for metric in metrics if metric.model_id])


def series(sql: Session, run_id: str, key: str, *, size: int, page_token: str | None) -> Series:
    """The points of one metric by time; none if there is no such run or metric."""
    question = f"{run_id} {key}"
    after = _position_of(page_token, question)
    beyond = "AND (m.timestamp, m.step, m.value, m.is_nan) > (?, ?, ?, ?)" if after else ""
    rows = sql.execute(
        "SELECT m.timestamp, m.step, m.value, m.is_nan FROM metrics m"  # noqa: S608 - a condition of ours
        f" WHERE m.run = (SELECT id FROM runs WHERE run_id = ?) AND m.key = ? {beyond}"
        " ORDER BY m.timestamp, m.step, m.value, m.is_nan LIMIT ?",
        (run_id, key, *after, size + 1),
    ).fetchall()
    chosen = rows[:size]
    if not chosen:
        return Series(key=key)
    timestamps, steps, values, nans = zip(*chosen, strict=True)
    if any(nans):
        values = tuple(math.nan if is_nan else value for value, is_nan in zip(values, nans, strict=True))
    token = write_token({"after": chosen[-1]}, question) if len(rows) > size else None
    return Series(key=key, timestamps=timestamps, steps=steps, values=values, next_page_token=token)


def points_of(found: Series) -> tuple[Metric, ...]:
    return tuple(
        Metric(key=found.key, value=value, timestamp=timestamp, step=step)
        for timestamp, step, value in zip(found.timestamps, found.steps, found.values, strict=True)
    )


def _position_of(token: str | None, question: str) -> tuple[object, ...]:
    """The last point of the page before; empty for the first page."""
    if not token:
        return ()
    match read_token(token, question).get("after"):
        case [int(timestamp), int(step), int() | float() as value, 0 | 1 as is_nan]:
            return check_integer(timestamp, "a timestamp"), check_integer(step, "a step"), float(value), int(is_nan)
        case _:
            raise InvalidValueError(f"invalid page token {token[:60]!r}")


def _newest(rows: Iterable[Sequence[Any]]) -> list[tuple[object, ...]]:
    """The last point of each key in a batch, so that the table of last points is written once for each."""
    newest: dict[str, Sequence[Any]] = {}
    for row in rows:
        last = newest.setdefault(row[1], row)
        if _AGE(row) > _AGE(last):
            newest[row[1]] = row
    return [(run, key, value, timestamp, step, is_nan) for run, key, timestamp, step, value, is_nan in newest.values()]


def _attach(sql: Session, run: int, metrics: Sequence[Metric]) -> None:
    """Points that name a model belong to that model too."""
    for model_id in {metric.model_id for metric in metrics}:
        row = sql.execute("SELECT 1 FROM logged_models WHERE model_id = ?", (model_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"no logged model with id {model_id}")
    sql.executemany(
        "INSERT INTO logged_model_metrics"
        " (model_id, key, timestamp, step, run, value, is_nan, dataset_name, dataset_digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (
                metric.model_id,
                metric.key,
                metric.timestamp,
                metric.step,
                run,
                *storable(metric.value),
                metric.dataset_name or "",
                metric.dataset_digest or "",
            )
            for metric in metrics
        ],
    )
