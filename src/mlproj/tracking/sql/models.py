"""Logged models in SQL."""

import secrets
from collections.abc import Mapping, Sequence

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.entities import LifecycleStage, LoggedModel, LoggedModelStatus, Metric
from mlproj.tracking.run_names import invent_name
from mlproj.tracking.sql import experiments
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session
from mlproj.tracking.validation import check_model_name, check_params, check_tags

COLUMNS = (
    "m.model_id, m.experiment_id, m.name, m.artifact_uri, m.creation_timestamp, m.last_updated_timestamp, m.status,"
    " m.model_type, m.source_run_id"
)


def create(
    sql: Session,
    experiment_id: str,
    *,
    name: str | None,
    source_run_id: str,
    model_type: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    now_ms: int,
    model_id: str = "",
) -> LoggedModel:
    chosen = check_model_name(name) if name else invent_name()
    experiment = experiments.get_active(sql, experiment_id)
    model_id = model_id or f"m-{secrets.token_hex(16)}"
    uri = f"{experiment.artifact_location}/models/{model_id}/artifacts"
    sql.execute(
        "INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, creation_timestamp,"
        " last_updated_timestamp, status, model_type, source_run_id, lifecycle_stage)"
        " VALUES (?, ?, ?, ?, ?, ?, 'LOGGED_MODEL_PENDING', ?, ?, 'active')",
        (model_id, int(experiment_id), chosen, uri, now_ms, now_ms, model_type, source_run_id),
    )
    _write_params(sql, model_id, check_params(params))
    _write_tags(sql, model_id, check_tags(tags))
    return get(sql, model_id)


def get(sql: Session, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
    """A model; a deleted one is only there for those who ask."""
    statement = f"SELECT {COLUMNS}, m.lifecycle_stage FROM logged_models m WHERE m.model_id = ?"  # noqa: S608
    row = sql.execute(statement, (model_id,)).fetchone()
    if row is None or (row[-1] == LifecycleStage.DELETED and not allow_deleted):
        raise NotFoundError(f"no logged model with id {model_id}")
    return whole(sql, [row[:-1]])[0]


def finalize(sql: Session, model_id: str, status: LoggedModelStatus, *, now_ms: int) -> LoggedModel:
    if status not in {LoggedModelStatus.READY, LoggedModelStatus.UPLOAD_FAILED}:
        raise InvalidValueError(f"a logged model cannot be finalized as {status}")
    get(sql, model_id)
    sql.execute("UPDATE logged_models SET status = ? WHERE model_id = ?", (LoggedModelStatus(status).value, model_id))
    return _touch(sql, model_id, now_ms)


def delete(sql: Session, model_id: str, *, now_ms: int) -> None:
    """One that is deleted stays deleted: clients send again what they had no answer to."""
    get(sql, model_id, allow_deleted=True)
    sql.execute(
        "UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp = ? WHERE model_id = ?",
        (now_ms, model_id),
    )


def set_tags(sql: Session, model_id: str, tags: Mapping[str, str], *, now_ms: int) -> LoggedModel:
    get(sql, model_id)
    _write_tags(sql, model_id, check_tags(tags))
    return _touch(sql, model_id, now_ms)


def delete_tag(sql: Session, model_id: str, key: str) -> None:
    get(sql, model_id)
    done = sql.execute("DELETE FROM logged_model_tags WHERE model_id = ? AND key = ?", (model_id, key))
    if not done.rowcount:
        raise NotFoundError(f"logged model {model_id} has no tag {key!r}")


def log_params(sql: Session, model_id: str, params: Mapping[str, str]) -> None:
    get(sql, model_id)
    _write_params(sql, model_id, check_params(params))


def whole(sql: Session, rows: Sequence[Row]) -> list[LoggedModel]:
    """Whole models from rows of `COLUMNS`."""
    ids = [row[0] for row in rows]
    params, tags, metrics = _texts(sql, "params", ids), _texts(sql, "tags", ids), _metrics(sql, ids)
    return [
        LoggedModel(
            model_id=model_id,
            experiment_id=str(experiment),
            name=name,
            artifact_uri=uri,
            creation_timestamp_ms=created,
            last_updated_timestamp_ms=updated,
            status=LoggedModelStatus(status),
            model_type=model_type,
            source_run_id=source,
            params=params.get(model_id, {}),
            tags=tags.get(model_id, {}),
            metrics=tuple(metrics.get(model_id, ())),
        )
        for model_id, experiment, name, uri, created, updated, status, model_type, source in rows
    ]


def _touch(sql: Session, model_id: str, now_ms: int) -> LoggedModel:
    sql.execute("UPDATE logged_models SET last_updated_timestamp = ? WHERE model_id = ?", (now_ms, model_id))
    return get(sql, model_id)


def _write_params(sql: Session, model_id: str, params: Mapping[str, str]) -> None:
    known = _texts(sql, "params", [model_id]).get(model_id, {})
    for key, value in params.items():
        if known.get(key, value) != value:
            raise InvalidValueError(f"Changing param values is not allowed. Param {key!r} is {known[key]!r}")
    sql.executemany(
        "INSERT INTO logged_model_params (model_id, key, value) VALUES (?, ?, ?)",
        [(model_id, key, value) for key, value in params.items() if key not in known],
    )


def _write_tags(sql: Session, model_id: str, tags: Mapping[str, str]) -> None:
    sql.executemany(
        "INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value",
        [(model_id, key, value) for key, value in tags.items()],
    )


def _texts(sql: Session, table: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    statement = f"SELECT model_id, key, value FROM logged_model_{table} WHERE {any_of('model_id')} ORDER BY key"  # noqa: S608
    for model_id, key, value in sql.execute(statement, (many(ids),)):
        found.setdefault(model_id, {})[key] = value
    return found


def _metrics(sql: Session, ids: Sequence[str]) -> dict[str, list[Metric]]:
    found: dict[str, list[Metric]] = {}
    statement = (
        "SELECT x.model_id, x.key, x.timestamp, x.step, x.value, x.is_nan, x.dataset_name, x.dataset_digest, r.run_id"  # noqa: S608
        f" FROM logged_model_metrics x JOIN runs r ON r.id = x.run WHERE {any_of('x.model_id')}"
        " ORDER BY x.model_id, x.key, x.timestamp, x.step"
    )
    for model_id, key, timestamp, step, value, is_nan, dataset, digest, run_id in sql.execute(statement, (many(ids),)):
        metric = Metric(
            key=key,
            value=float("nan") if is_nan else value,
            timestamp=timestamp,
            step=step,
            model_id=model_id,
            dataset_name=dataset or None,
            dataset_digest=digest or None,
            run_id=run_id,
        )
        found.setdefault(model_id, []).append(metric)
    return found
