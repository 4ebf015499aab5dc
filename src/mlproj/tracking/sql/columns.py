"""What the runs of some experiments have in common to show in a table: the names of their metrics, params and tags."""

from collections.abc import Sequence

from mlproj.tracking.entities import ColumnNames
from mlproj.tracking.sql.conditions import Condition
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import parse_experiment_id


def column_names(sql: Session, experiment_ids: Sequence[str], *, newest: int) -> ColumnNames:
    """Of the newest runs only, so that it takes no longer the more there are; of all experiments if none is named."""
    scope = Condition(sql="1 = 1")
    if experiment_ids:
        experiments = sorted({parse_experiment_id(text) for text in experiment_ids})
        scope = Condition(sql=any_of("experiment_id"), values=(many(experiments),))
    statement = f"SELECT id FROM runs WHERE {scope.sql} ORDER BY start_time DESC, run_id LIMIT ?"  # noqa: S608
    runs = many(row[0] for row in sql.execute(statement, (*scope.values, newest)))
    metrics, params, tags = (
        tuple(
            row[0]
            for row in sql.execute(f"SELECT DISTINCT key FROM {table} WHERE {any_of('run')} ORDER BY key", (runs,))  # noqa: S608
        )
        for table in ("latest_metrics", "params", "tags")
    )
    return ColumnNames(metrics=metrics, params=params, tags=tags)
