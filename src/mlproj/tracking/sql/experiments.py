"""Experiments in SQL."""

from collections.abc import Mapping, Sequence

from mlproj.errors import AlreadyExistsError, InvalidValueError, NotFoundError
from mlproj.tracking.entities import Experiment, LifecycleStage
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session
from mlproj.tracking.validation import (
    check_experiment_name,
    check_experiment_tags,
    check_location,
    parse_experiment_id,
)

COLUMNS = "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time"
ARTIFACT_SCHEME = "mlflow-artifacts:"


def create(sql: Session, name: str, *, location: str, tags: Mapping[str, str], now_ms: int) -> str:
    check_experiment_name(name)
    checked = check_experiment_tags(tags)
    check_location(location)
    _refuse_taken(sql, name)
    sql.execute(
        "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
        " VALUES (?, '', 'active', ?, ?)",
        (name, now_ms, now_ms),
    )
    number = sql.execute("SELECT experiment_id FROM experiments WHERE name = ?", (name,)).fetchone()[0]
    where = location.rstrip("/") or f"{ARTIFACT_SCHEME}/{number}"
    sql.execute("UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?", (where, number))
    sql.executemany(
        "INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)",
        [(number, key, value) for key, value in checked.items()],
    )
    return str(number)


def create_default(sql: Session, *, now_ms: int) -> None:
    """The experiment that is always there."""
    sql.execute(
        f"INSERT INTO experiments ({COLUMNS}) VALUES (0, 'Default', '{ARTIFACT_SCHEME}/0', 'active', ?, ?)"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        (now_ms, now_ms),
    )


def get(sql: Session, experiment_id: str) -> Experiment:
    number = parse_experiment_id(experiment_id)
    rows = sql.execute(f"SELECT {COLUMNS} FROM experiments WHERE experiment_id = ?", (number,)).fetchall()  # noqa: S608
    if not rows:
        raise NotFoundError(f"no experiment with id {experiment_id}")
    return with_tags(sql, rows)[0]


def get_by_name(sql: Session, name: str) -> Experiment | None:
    rows = sql.execute(f"SELECT {COLUMNS} FROM experiments WHERE name = ?", (name,)).fetchall()  # noqa: S608
    return with_tags(sql, rows)[0] if rows else None


def get_active(sql: Session, experiment_id: str) -> Experiment:
    """An experiment that may be written to."""
    experiment = get(sql, experiment_id)
    if experiment.lifecycle_stage is LifecycleStage.DELETED:
        raise InvalidValueError(
            f"the experiment {experiment.name!r} is deleted", hint=f"mlproj experiments restore {experiment_id}"
        )
    return experiment


def rename(sql: Session, experiment_id: str, new_name: str, *, now_ms: int) -> None:
    experiment = get_active(sql, experiment_id)
    if check_experiment_name(new_name) == experiment.name:
        return
    _refuse_taken(sql, new_name)
    sql.execute(
        "UPDATE experiments SET name = ?, last_update_time = ? WHERE experiment_id = ?",
        (new_name, now_ms, int(experiment_id)),
    )


def move_stage(sql: Session, experiment_id: str, *, source: LifecycleStage, now_ms: int) -> None:
    """Delete an active experiment or restore a deleted one, and its runs with it."""
    experiment = get(sql, experiment_id)
    if experiment.lifecycle_stage is not source:
        raise NotFoundError(f"no {source} experiment with id {experiment_id}")
    target = LifecycleStage.DELETED if source is LifecycleStage.ACTIVE else LifecycleStage.ACTIVE
    number = int(experiment_id)
    sql.execute(
        "UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE experiment_id = ?",
        (target.value, now_ms, number),
    )
    sql.execute("UPDATE runs SET lifecycle_stage = ? WHERE experiment_id = ?", (target.value, number))


def set_tag(sql: Session, experiment_id: str, key: str, value: str) -> None:
    check_experiment_tags({key: value})
    get_active(sql, experiment_id)
    sql.execute(
        "INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value",
        (int(experiment_id), key, value),
    )


def delete_tag(sql: Session, experiment_id: str, key: str) -> None:
    get_active(sql, experiment_id)
    done = sql.execute("DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?", (int(experiment_id), key))
    if not done.rowcount:
        raise NotFoundError(f"experiment {experiment_id} has no tag {key!r}")


def with_tags(sql: Session, rows: Sequence[Row]) -> list[Experiment]:
    """Whole experiments from rows of `COLUMNS`."""
    tags: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    found = sql.execute(
        f"SELECT experiment_id, key, value FROM experiment_tags WHERE {any_of('experiment_id')} ORDER BY key",  # noqa: S608
        (many(tags),),
    )
    for number, key, value in found:
        tags[number][key] = value
    return [
        Experiment(
            experiment_id=str(number),
            name=name,
            artifact_location=location,
            lifecycle_stage=LifecycleStage(stage),
            creation_time=created,
            last_update_time=updated,
            tags=tags[number],
        )
        for number, name, location, stage, created, updated in rows
    ]


def _refuse_taken(sql: Session, name: str) -> None:
    row = sql.execute("SELECT lifecycle_stage FROM experiments WHERE name = ?", (name,)).fetchone()
    if row is None:
        return
    hint = f"mlproj experiments restore {name!r}" if row[0] == LifecycleStage.DELETED else None
    what = "a deleted experiment" if hint else "an experiment"
    raise AlreadyExistsError(f"{what} named {name!r} exists already", hint=hint)
