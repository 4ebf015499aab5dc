"""runs/search-rows and runs/columns: runs as rows of a table, with the columns that are looked at and no more."""

from collections.abc import Callable, Iterable, Sequence

from mlproj.errors import InvalidValueError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Run, RunKeys, ViewType

ROWS = 100
MOST_COLUMNS = 500
CHOSEN = 6
NEWEST = 500
MARKS = (
    "mlflow.parentRunId",
    "mlflow.source.name",
    "mlflow.source.git.commit",
    "mlproj.exit_code",
    "mlproj.end_reason",
    "mlproj.verdict",
    "mlproj.reproduces",
    "mlproj.reused_from",
)
"""Tags that say something of a run wherever it is listed."""
_METRIC, _PARAM, _TAG = "metrics.", "params.", "tags."


def search_rows(call: Call) -> wire.Json:
    """Search runs, of all experiments if none is named; the columns are chosen here if none are given"""
    args = call.args
    asked = args.texts("columns") if args.raw("columns") is not None else None
    if asked is not None and len(asked) > MOST_COLUMNS:
        raise InvalidValueError(f"At most {MOST_COLUMNS} columns are allowed, got {len(asked)}.")
    experiments = args.texts("experiment_ids") or _every_experiment(call)
    filter_string = args.text_or("filter")
    view = args.choice("run_view_type", wire.VIEW_TYPE, ViewType.ACTIVE_ONLY)
    counted = args.flag_or("count", default=False)
    found = call.store.search_runs(
        experiments,
        filter_string=filter_string,
        view_type=view,
        max_results=args.integer_or("max_results", ROWS),
        order_by=args.texts("order_by"),
        page_token=args.text_or("page_token") or None,
        keys=None if asked is None else _keys(asked),
    )
    columns = _chosen(found.items) if asked is None else asked
    readers = [_reader(call, column) for column in columns]
    counts = _counts(call.store, experiments, filter_string, view) if counted else {}
    rows = wire.page("rows", (_row(run, readers) for run in found.items), found)
    return {"columns": list(columns)} | rows | counts


def column_names(call: Call) -> wire.Json:
    """The names of the metrics, params and tags of the newest runs of some experiments, or of all"""
    found = call.store.column_names(call.args.texts("experiment_ids"), newest=NEWEST)
    return {"metrics": list(found.metrics), "params": list(found.params), "tags": list(found.tags)}


def _counts(store: LocalStore, experiments: Sequence[str], filter_string: str, view: ViewType) -> dict[str, int]:
    """How many runs the filter finds, and how many there are without it."""
    every = store.count_runs(experiments, view_type=view)
    found = (
        store.count_runs(experiments, filter_string=filter_string, view_type=view) if filter_string.strip() else every
    )
    return {"total": found, "unfiltered": every}


def _every_experiment(call: Call) -> tuple[str, ...]:
    ids: list[str] = []
    token = None
    while True:
        page = call.store.search_experiments(max_results=1000, page_token=token)
        ids += (experiment.experiment_id for experiment in page.items)
        if (token := page.next_page_token) is None:
            return tuple(ids)


def _chosen(runs: Sequence[Run]) -> tuple[str, ...]:
    metrics = sorted({key for run in runs for key in run.metrics if not key.startswith("system/")})[:CHOSEN]
    params = sorted({key for run in runs for key in run.params})[:CHOSEN]
    return (*(_METRIC + key for key in metrics), *(_PARAM + key for key in params))


def _keys(columns: Sequence[str]) -> RunKeys:
    metrics, params, tags = (
        tuple(column.removeprefix(kind) for column in columns if column.startswith(kind))
        for kind in (_METRIC, _PARAM, _TAG)
    )
    return RunKeys(metrics=metrics, params=params, tags=(*tags, *MARKS))


def _reader(call: Call, column: str) -> Callable[[Run], str]:
    """What gives the text in a column, empty if a run has none."""
    kind, _, key = column.partition(".")
    if f"{kind}." == _METRIC:
        return lambda run: "" if (point := run.metrics.get(key)) is None else str(wire.number(point.value))
    if f"{kind}." == _PARAM:
        return lambda run: run.params.get(key, "")
    if f"{kind}." == _TAG:
        return lambda run: run.tags.get(key, "")
    raise call.args.invalid("columns", column, "Columns are metrics.NAME, params.NAME and tags.NAME.")


def _row(run: Run, readers: Iterable[Callable[[Run], str]]) -> wire.Json:
    info = {
        "run_id": run.run_id,
        "run_name": run.run_name,
        "experiment_id": run.experiment_id,
        "user_id": run.user_id,
        "status": str(run.status),
        "start_time": run.start_time,
        "end_time": run.end_time,
        "lifecycle_stage": str(run.lifecycle_stage),
        "marks": wire.pairs({key: run.tags[key] for key in MARKS if key in run.tags}),
        "values": [read(run) for read in readers],
    }
    return wire.filled(info)


ENDPOINTS = (
    Endpoint("POST", "runs/search-rows", search_rows),
    Endpoint("GET", "runs/columns", column_names),
)
