"""Records that were made elsewhere, written as they are: with their ids, times and stages."""

from collections.abc import Iterable, Sequence
from itertools import islice

from mlproj.tracking.entities import (
    DEFAULT_EXPERIMENT_ID,
    Experiment,
    LifecycleStage,
    LoggedModel,
    Metric,
    ModelVersion,
    RegisteredModel,
    Run,
)
from mlproj.tracking.sql import experiments, inputs, points
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import check_run_id, storable

AT_ONCE = 5000


def write_experiment(sql: Session, experiment: Experiment) -> str:
    """Create an experiment by the name given, or fill in the tags that the one of that name lacks; gives its id.

    The id and the location are this store's own.
    """
    found = experiments.get_by_name(sql, experiment.name)
    if found is None:
        number = experiments.create(
            sql, experiment.name, location="", tags=experiment.tags, now_ms=experiment.creation_time
        )
        sql.execute(
            "UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE experiment_id = ?",
            (experiment.lifecycle_stage.value, experiment.last_update_time, int(number)),
        )
        return number
    sql.executemany(
        "INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(int(found.experiment_id), key, value) for key, value in experiment.tags.items()],
    )
    return found.experiment_id


def write_run(sql: Session, run: Run, history: Iterable[Metric]) -> int:
    """Write a run whole, in the place of one with its id; gives the number of its metric points."""
    check_run_id(run.run_id)
    sql.execute("DELETE FROM runs WHERE run_id = ?", (run.run_id,))
    sql.execute(
        "INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, end_time, artifact_uri,"
        " lifecycle_stage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.run_id,
            int(run.experiment_id),
            run.run_name,
            run.user_id,
            run.status.value,
            run.start_time,
            run.end_time,
            run.artifact_uri,
            run.lifecycle_stage.value,
        ),
    )
    key: int = sql.execute("SELECT id FROM runs WHERE run_id = ?", (run.run_id,)).fetchone()[0]
    for table, texts in (("params", run.params), ("tags", run.tags)):
        sql.executemany(
            f"INSERT INTO {table} (run, key, value) VALUES (?, ?, ?)",  # noqa: S608 - a table of ours
            [(key, name, value) for name, value in texts.items()],
        )
    inputs.log_inputs(sql, key, run.dataset_inputs, run.model_inputs)
    inputs.log_outputs(sql, key, run.model_outputs)
    rest = iter(history)
    while batch := list(islice(rest, AT_ONCE)):
        points.log_metrics(sql, key, batch)
    return int(sql.execute("SELECT count(*) FROM metrics WHERE run = ?", (key,)).fetchone()[0])


def write_logged_model(sql: Session, model: LoggedModel, stage: LifecycleStage) -> bool:
    """Write a logged model unless it is there; whether it was written. Its points are those of runs that are here."""
    if sql.execute("SELECT 1 FROM logged_models WHERE model_id = ?", (model.model_id,)).fetchone():
        return False
    sql.execute(
        "INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, creation_timestamp,"
        " last_updated_timestamp, status, model_type, source_run_id, lifecycle_stage)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            model.model_id,
            int(model.experiment_id or DEFAULT_EXPERIMENT_ID),
            model.name,
            model.artifact_uri,
            model.creation_timestamp_ms,
            model.last_updated_timestamp_ms,
            model.status.value,
            model.model_type,
            model.source_run_id,
            stage.value,
        ),
    )
    for table, texts in (("params", model.params), ("tags", model.tags)):
        sql.executemany(
            f"INSERT INTO logged_model_{table} (model_id, key, value) VALUES (?, ?, ?)",  # noqa: S608
            [(model.model_id, key, value) for key, value in texts.items()],
        )
    for metric in model.metrics:
        value, is_nan = storable(metric.value)
        sql.execute(
            "INSERT INTO logged_model_metrics (model_id, key, timestamp, step, run, value, is_nan, dataset_name,"
            " dataset_digest) SELECT ?, ?, ?, ?, id, ?, ?, ?, ? FROM runs WHERE run_id = ? ON CONFLICT DO NOTHING",
            (
                model.model_id,
                metric.key,
                metric.timestamp,
                metric.step,
                value,
                int(is_nan),
                metric.dataset_name or "",
                metric.dataset_digest or "",
                metric.run_id,
            ),
        )
    return True


def write_registered_model(sql: Session, model: RegisteredModel, versions: Sequence[ModelVersion]) -> int:
    """Create a registered model with its versions, or add the versions that the one of its name lacks; how many.

    Versions keep their numbers. Aliases that are set here stay.
    """
    sql.execute(
        "INSERT INTO registered_models (name, description, creation_timestamp, last_updated_timestamp, last_version)"
        " VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
        (model.name, model.description, model.creation_timestamp, model.last_updated_timestamp),
    )
    key: int = sql.execute("SELECT id FROM registered_models WHERE name = ?", (model.name,)).fetchone()[0]
    _write_owned(sql, "registered_model_tags", key, model.tags.items())
    written = sum(_write_version(sql, key, version) for version in versions)
    for alias, number in model.aliases.items():
        sql.execute(
            "INSERT INTO model_aliases (model, alias, version) SELECT ?, ?, version FROM model_versions"
            " WHERE model = ? AND version = ? ON CONFLICT DO NOTHING",
            (key, alias, key, number),
        )
    sql.execute(
        "UPDATE registered_models SET last_version = ? WHERE id = ? AND last_version < ?",
        (highest := max((version.version for version in versions), default=0), key, highest),
    )
    return written


def _write_version(sql: Session, model: int, version: ModelVersion) -> bool:
    done = sql.execute(
        "INSERT INTO model_versions (model, version, creation_timestamp, last_updated_timestamp, user_id, stage,"
        " description, source, location, run_id, run_link, model_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (
            model,
            version.version,
            version.creation_timestamp,
            version.last_updated_timestamp,
            version.user_id,
            version.stage.value,
            version.description,
            version.source,
            version.location,
            version.run_id,
            version.run_link,
            version.model_id,
        ),
    )
    if not done.rowcount:
        return False
    row = sql.execute("SELECT id FROM model_versions WHERE model = ? AND version = ?", (model, version.version))
    _write_owned(sql, "model_version_tags", row.fetchone()[0], version.tags.items())
    return True


def _write_owned(sql: Session, table: str, owner: int, tags: Iterable[tuple[str, str]]) -> None:
    sql.executemany(
        f"INSERT INTO {table} (owner, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
        [(owner, key, value) for key, value in tags],
    )
