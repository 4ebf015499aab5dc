"""The data sets that were used in some experiments."""

from collections.abc import Sequence

from mlproj.tracking.entities import DatasetSummary
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Session
from mlproj.tracking.validation import parse_experiment_id

MOST = 1000
_CONTEXT = "mlflow.data.context"


def search_datasets(sql: Session, experiment_ids: Sequence[str]) -> tuple[DatasetSummary, ...]:
    """Each data set once for each context that active runs used it in."""
    experiments = [parse_experiment_id(text) for text in experiment_ids]
    rows = sql.execute(
        "SELECT DISTINCT d.experiment_id, d.name, d.digest, coalesce(t.value, '')"  # noqa: S608
        " FROM datasets d JOIN dataset_inputs i ON i.dataset = d.id JOIN runs r ON r.id = i.run"
        " LEFT JOIN dataset_input_tags t ON t.run = i.run AND t.dataset = i.dataset AND t.key = ?"
        f" WHERE {any_of('d.experiment_id')} AND r.lifecycle_stage = 'active'"
        " ORDER BY d.experiment_id, d.name, d.digest, 4 LIMIT ?",
        (_CONTEXT, many(experiments), MOST),
    )
    return tuple(
        DatasetSummary(experiment_id=str(experiment), name=name, digest=digest, context=context)
        for experiment, name, digest, context in rows
    )
