"""Runs in SQL: their life, their tags, and whole runs from rows."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.entities import LifecycleStage, Metric, Run, RunKeys, RunStatus
from mlproj.tracking.run_names import invent_name
from mlproj.tracking.sql import experiments, inputs
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session
from mlproj.tracking.validation import check_integer, check_tags

NAME_TAG = "mlflow.runName"
COLUMNS = (
    "r.id, r.run_id, r.run_name, r.experiment_id, r.user_id, r.status, r.start_time, r.end_time, r.artifact_uri,"
    " r.lifecycle_stage"
)

_STATUS = {status.value: status for status in RunStatus}
_STAGE = {stage.value: stage for stage in LifecycleStage}
_NAN = float("nan")


def create(
    sql: Session,
    experiment_id: str,
    *,
    start_time: int,
    run_name: str,
    user_id: str,
    tags: Mapping[str, str],
    run_id: str = "",
) -> Run:
    checked = check_tags(tags)
    experiment = experiments.get_active(sql, experiment_id)
    name = _agreed_name(run_name, checked.get(NAME_TAG, ""))
    run_id = run_id or secrets.token_hex(16)
    sql.execute(
        "INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri, lifecycle_stage)"
        " VALUES (?, ?, ?, ?, 'RUNNING', ?, ?, 'active')",
        (
            run_id,
            int(experiment_id),
            name,
            user_id,
            check_integer(start_time, "the start time"),
            f"{experiment.artifact_location}/{run_id}/artifacts",
        ),
    )
    write_tags(sql, key_of(sql, run_id), {**checked, NAME_TAG: name})
    return get(sql, run_id)


def get(sql: Session, run_id: str) -> Run:
    rows = sql.execute(f"SELECT {COLUMNS} FROM runs r WHERE r.run_id = ?", (run_id,)).fetchall()  # noqa: S608
    if not rows:
        raise NotFoundError(f"no run with id {run_id}")
    return whole(sql, rows)[0]


def key_of(sql: Session, run_id: str) -> int:
    """The row of a run, deleted or not."""
    row = sql.execute("SELECT id FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"no run with id {run_id}")
    return int(row[0])


def active_key_of(sql: Session, run_id: str) -> int:
    """The row of a run that may be written to."""
    row = sql.execute("SELECT id, lifecycle_stage FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"no run with id {run_id}")
    if row[1] != LifecycleStage.ACTIVE:
        raise InvalidValueError(f"the run {run_id} is deleted", hint=f"mlproj runs restore {run_id}")
    return int(row[0])


def update(sql: Session, run_id: str, *, status: RunStatus | None, end_time: int | None, run_name: str | None) -> Run:
    run = active_key_of(sql, run_id)
    if status is not None:
        sql.execute("UPDATE runs SET status = ? WHERE id = ?", (RunStatus(status).value, run))
    if end_time is not None:
        sql.execute("UPDATE runs SET end_time = ? WHERE id = ?", (check_integer(end_time, "the end time"), run))
    if run_name:
        write_tags(sql, run, check_tags({NAME_TAG: run_name}))
    return get(sql, run_id)


def move_stage(sql: Session, run_id: str, target: LifecycleStage) -> None:
    """Delete or restore. One that is so already stays so: clients send again what they had no answer to."""
    sql.execute("UPDATE runs SET lifecycle_stage = ? WHERE id = ?", (target.value, key_of(sql, run_id)))


def move(sql: Session, run_id: str, experiment_id: str) -> None:
    """To another experiment; the artifacts stay where they are."""
    run = active_key_of(sql, run_id)
    experiments.get_active(sql, experiment_id)
    sql.execute("UPDATE runs SET experiment_id = ? WHERE id = ?", (int(experiment_id), run))
    inputs.move(sql, run)


def find(sql: Session, prefix: str, limit: int) -> tuple[str, ...]:
    rows = sql.execute(
        "SELECT run_id FROM runs WHERE run_id >= ? AND run_id < ? ORDER BY run_id LIMIT ?",
        (prefix, f"{prefix}\U0010ffff", limit),
    )
    return tuple(row[0] for row in rows)


def write_tags(sql: Session, run: int, tags: Mapping[str, str]) -> None:
    """Set tags that have been checked; the tag of the name renames the run, unless it is empty."""
    if tags.get(NAME_TAG) == "":
        tags = {key: value for key, value in tags.items() if key != NAME_TAG}
    sql.executemany(
        "INSERT INTO tags (run, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (run, key) DO UPDATE SET value = excluded.value",
        [(run, key, value) for key, value in tags.items()],
    )
    if NAME_TAG in tags:
        sql.execute("UPDATE runs SET run_name = ? WHERE id = ?", (tags[NAME_TAG], run))


def delete_tag(sql: Session, run_id: str, key: str) -> None:
    run = active_key_of(sql, run_id)
    if key == NAME_TAG:
        raise InvalidValueError(f"the tag {NAME_TAG} is the run's name and cannot be deleted", hint="set it instead")
    if not sql.execute("DELETE FROM tags WHERE run = ? AND key = ?", (run, key)).rowcount:
        raise NotFoundError(f"run {run_id} has no tag {key!r}")


def whole(sql: Session, rows: Sequence[Row], wanted: RunKeys | None = None) -> list[Run]:
    """Whole runs from rows of `COLUMNS`, in their order; with `wanted`, no more of what they logged."""
    keys = [row[0] for row in rows]
    params = _texts(sql, "params", keys, None if wanted is None else wanted.params)
    tags = _texts(sql, "tags", keys, None if wanted is None else wanted.tags)
    metrics = _latest(sql, keys, None if wanted is None else wanted.metrics)
    datasets, models, outputs = inputs.of_runs(sql, keys)
    return [
        Run(
            run_id=run_id,
            run_name=name,
            experiment_id=str(experiment),
            user_id=user,
            status=_STATUS[status],
            start_time=start,
            end_time=end,
            artifact_uri=uri,
            lifecycle_stage=_STAGE[stage],
            params=params[key],
            tags=tags[key],
            metrics=metrics[key],
            dataset_inputs=tuple(datasets.get(key, ())),
            model_inputs=tuple(models.get(key, ())),
            model_outputs=tuple(outputs.get(key, ())),
        )
        for key, run_id, name, experiment, user, status, start, end, uri, stage in rows
    ]


def _texts(sql: Session, table: str, runs: Sequence[int], wanted: Sequence[str] | None) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {run: {} for run in runs}
    for run, key, value in _logged(sql, f"run, key, value FROM {table}", runs, wanted):
        found[run][key] = value
    return found


def _latest(sql: Session, runs: Sequence[int], wanted: Sequence[str] | None) -> dict[int, dict[str, Metric]]:
    found: dict[int, dict[str, Metric]] = {run: {} for run in runs}
    columns = "run, key, value, timestamp, step, is_nan FROM latest_metrics"
    for run, key, value, timestamp, step, is_nan in _logged(sql, columns, runs, wanted):
        found[run][key] = Metric(key=key, value=_NAN if is_nan else value, timestamp=timestamp, step=step)
    return found


def _logged(sql: Session, columns: str, runs: Sequence[int], wanted: Sequence[str] | None) -> Iterable[Row]:
    if wanted is None:
        return sql.execute(f"SELECT {columns} WHERE {any_of('run')} ORDER BY run, key", (many(runs),))
    if not wanted:
        return ()
    within = f"{any_of('run')} AND {any_of('key')}"
    return sql.execute(f"SELECT {columns} WHERE {within} ORDER BY run, key", (many(runs), many(wanted)))


def _agreed_name(run_name: str, tag: str) -> str:
    if run_name and tag and run_name != tag:
        raise InvalidValueError(f"the run's name is {run_name!r}, but its tag {NAME_TAG} says {tag!r}")
    return check_tags({NAME_TAG: run_name or tag or invent_name()})[NAME_TAG]
