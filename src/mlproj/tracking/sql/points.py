"""What runs log, in SQL: params and metric points."""

from collections.abc import Iterable, Mapping, Sequence

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.entities import Metric
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import storable

_LATEST = """
INSERT INTO latest_metrics (run, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run, key) DO UPDATE
SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan
WHERE (excluded.step, excluded.timestamp, excluded.value, excluded.is_nan)
    > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value, latest_metrics.is_nan)
"""


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
    rows = [(run, metric.key, metric.timestamp, metric.step, *storable(metric.value)) for metric in metrics]
    sql.executemany(
        "INSERT INTO metrics (run, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        rows,
    )
    sql.executemany(_LATEST, _newest(rows))
    _attach(sql, run, [metric for metric in metrics if metric.model_id])


def history(sql: Session, run_id: str, key: str, *, limit: int, offset: int) -> list[Metric]:
    """The points of one metric by time; none if there is no such run or metric."""
    rows = sql.execute(
        "SELECT m.timestamp, m.step, m.value, m.is_nan FROM metrics m JOIN runs r ON r.id = m.run"
        " WHERE r.run_id = ? AND m.key = ? ORDER BY m.timestamp, m.step, m.value LIMIT ? OFFSET ?",
        (run_id, key, limit, offset),
    )
    return [
        Metric(key=key, value=float("nan") if is_nan else value, timestamp=timestamp, step=step)
        for timestamp, step, value, is_nan in rows
    ]


def _newest(rows: Iterable[tuple[int, str, int, int, float, bool]]) -> list[tuple[object, ...]]:
    """The last point of each key in a batch, so that the table of last points is written once for each."""
    newest: dict[str, tuple[int, int, float, bool]] = {}
    run = 0
    for run, key, timestamp, step, value, is_nan in rows:  # noqa: B007 - the same run in every row
        point = (step, timestamp, value, is_nan)
        newest[key] = max(newest.get(key, point), point)
    return [(run, key, value, timestamp, step, is_nan) for key, (step, timestamp, value, is_nan) in newest.items()]


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
