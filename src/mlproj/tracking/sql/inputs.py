"""What runs read and made: data sets, models."""

from collections.abc import Mapping, Sequence

from mlproj.errors import InvalidValueError
from mlproj.tracking import validation
from mlproj.tracking.entities import Dataset, DatasetInput, ModelOutput
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Session


def log_inputs(sql: Session, run: int, datasets: Sequence[DatasetInput], models: Sequence[str]) -> None:
    """Link data sets, by name and digest, and models to a run; what is linked already stays as it is."""
    if len(datasets) > validation.MAX_DATASETS_IN_BATCH:
        raise InvalidValueError(f"at most {validation.MAX_DATASETS_IN_BATCH} data sets at once, got {len(datasets)}")
    experiment = sql.execute("SELECT experiment_id FROM runs WHERE id = ?", (run,)).fetchone()[0]
    for item in datasets:
        validation.check_input_tags(item.tags)
        _link(sql, run, _dataset(sql, experiment, item.dataset), item.tags)
    sql.executemany(
        "INSERT INTO model_inputs (run, model_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(run, model) for model in models],
    )


def move(sql: Session, run: int) -> None:
    """Give a run that went to another experiment data sets of that experiment, so that they last as long as it."""
    datasets = _datasets(sql, [run]).get(run, [])
    sql.execute("DELETE FROM dataset_inputs WHERE run = ?", (run,))
    log_inputs(sql, run, datasets, ())


def log_outputs(sql: Session, run: int, models: Sequence[ModelOutput]) -> None:
    sql.executemany(
        "INSERT INTO model_outputs (run, model_id, step) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(run, model.model_id, model.step) for model in models],
    )


def of_runs(
    sql: Session, runs: Sequence[int]
) -> tuple[dict[int, list[DatasetInput]], dict[int, list[str]], dict[int, list[ModelOutput]]]:
    """Data sets, model inputs and model outputs by run."""
    inputs: dict[int, list[str]] = {}
    chosen = (many(runs),)
    statement = f"SELECT run, model_id FROM model_inputs WHERE {any_of('run')} ORDER BY run, model_id"  # noqa: S608
    for run, model in sql.execute(statement, chosen):
        inputs.setdefault(run, []).append(model)
    outputs: dict[int, list[ModelOutput]] = {}
    statement = f"SELECT run, model_id, step FROM model_outputs WHERE {any_of('run')} ORDER BY run, step, model_id"  # noqa: S608
    for run, model, step in sql.execute(statement, chosen):
        outputs.setdefault(run, []).append(ModelOutput(model_id=model, step=step))
    return _datasets(sql, runs), inputs, outputs


def _datasets(sql: Session, runs: Sequence[int]) -> dict[int, list[DatasetInput]]:
    chosen = (many(runs),)
    tags: dict[tuple[int, int], dict[str, str]] = {}
    statement = f"SELECT run, dataset, key, value FROM dataset_input_tags WHERE {any_of('run')} ORDER BY key"  # noqa: S608
    for run, dataset, key, value in sql.execute(statement, chosen):
        tags.setdefault((run, dataset), {})[key] = value
    found: dict[int, list[DatasetInput]] = {}
    statement = (
        "SELECT i.run, d.id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile"  # noqa: S608
        f" FROM dataset_inputs i JOIN datasets d ON d.id = i.dataset WHERE {any_of('i.run')} ORDER BY i.run, d.id"
    )
    for run, key, name, digest, source_type, source, schema, profile in sql.execute(statement, chosen):
        dataset = Dataset(
            name=name, digest=digest, source_type=source_type, source=source, schema=schema, profile=profile
        )
        found.setdefault(run, []).append(DatasetInput(dataset=dataset, tags=tags.get((run, key), {})))
    return found


def _dataset(sql: Session, experiment: int, dataset: Dataset) -> int:
    _check(dataset)
    sql.execute(
        "INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_id, name, digest) DO NOTHING",
        (
            experiment,
            dataset.name,
            dataset.digest,
            dataset.source_type,
            dataset.source,
            dataset.schema,
            dataset.profile,
        ),
    )
    row = sql.execute(
        "SELECT id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?",
        (experiment, dataset.name, dataset.digest),
    ).fetchone()
    return int(row[0])


def _link(sql: Session, run: int, dataset: int, tags: Mapping[str, str]) -> None:
    done = sql.execute("INSERT INTO dataset_inputs (run, dataset) VALUES (?, ?) ON CONFLICT DO NOTHING", (run, dataset))
    if done.rowcount:
        sql.executemany(
            "INSERT INTO dataset_input_tags (run, dataset, key, value) VALUES (?, ?, ?, ?)",
            [(run, dataset, key, value) for key, value in tags.items()],
        )


def _check(dataset: Dataset) -> None:
    for text, limit, what in (
        (dataset.name, validation.MAX_DATASET_NAME, "name"),
        (dataset.digest, validation.MAX_DATASET_DIGEST, "digest"),
        (dataset.source, validation.MAX_DATASET_SOURCE, "source"),
        (dataset.schema or "", validation.MAX_DATASET_SCHEMA, "schema"),
        (dataset.profile or "", validation.MAX_DATASET_PROFILE, "profile"),
    ):
        validation.check_length(text, limit, f"the data set's {what}")
    if not dataset.name or not dataset.digest:
        raise InvalidValueError("a data set needs a name and a digest")
