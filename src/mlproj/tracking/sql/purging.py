"""Making deletion final: rows of deleted runs and experiments, which nothing brings back."""

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import DEFAULT_EXPERIMENT_ID, LifecycleStage
from mlproj.tracking.sql import experiments, runs
from mlproj.tracking.sql.session import Session


def deleted_runs(sql: Session) -> tuple[str, ...]:
    """Ids of all runs that are deleted, the oldest first."""
    query = "SELECT run_id FROM runs WHERE lifecycle_stage = ? ORDER BY start_time, run_id"
    return tuple(row[0] for row in sql.execute(query, (LifecycleStage.DELETED.value,)))


def deleted_experiments(sql: Session) -> tuple[str, ...]:
    """Ids of all experiments that are deleted, but for the default one, which has to stay."""
    query = (
        "SELECT experiment_id FROM experiments WHERE lifecycle_stage = ? AND experiment_id <> ? ORDER BY experiment_id"
    )
    rows = sql.execute(query, (LifecycleStage.DELETED.value, int(DEFAULT_EXPERIMENT_ID)))
    return tuple(str(row[0]) for row in rows)


def purge_run(sql: Session, run_id: str) -> None:
    """Remove a deleted run with everything that hangs on it."""
    if runs.get(sql, run_id).lifecycle_stage is not LifecycleStage.DELETED:
        raise InvalidValueError(f"run {run_id} is not deleted", hint="delete it first")
    sql.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))


def purge_experiment(sql: Session, experiment_id: str) -> None:
    """Remove a deleted experiment with its runs and models."""
    if experiments.get(sql, experiment_id).lifecycle_stage is not LifecycleStage.DELETED:
        raise InvalidValueError(f"experiment {experiment_id} is not deleted", hint="delete it first")
    key = (int(experiment_id),)
    sql.execute("DELETE FROM logged_models WHERE experiment_id = ?", key)
    sql.execute("DELETE FROM runs WHERE experiment_id = ?", key)
    sql.execute("DELETE FROM experiments WHERE experiment_id = ?", key)
