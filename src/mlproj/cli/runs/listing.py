"""`mlproj runs list`."""

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import print_json, print_table
from mlproj.cli.runs.presenting import duration_text, own_metrics, run_as_json, time_text

if TYPE_CHECKING:
    from mlproj.tracking.base import Store
    from mlproj.tracking.entities import Run


@click.command()
@click.option("--experiment", metavar="NAME|ID", help="Only this experiment's runs.")
@click.option(
    "--filter",
    "filter_string",
    default="",
    metavar="TEXT",
    help="For example: metrics.rmse < 0.8 and params.alpha = '0.5'",
)
@click.option("--order-by", multiple=True, metavar="KEY [DESC]", help="For example: 'metrics.rmse ASC'; repeatable.")
@click.option(
    "--view", type=click.Choice(["active", "deleted", "all"]), default="active", help="Which runs.  [default: active]"
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many at the most.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with all params, metrics and tags.")
@tracking_uri_option
@json_option
def command(  # noqa: PLR0917 - one for each option
    experiment: str | None,
    filter_string: str,
    order_by: tuple[str, ...],
    view: str,
    limit: int,
    tracking_uri: str | None,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List runs, newest first, of all experiments unless one is named.

    \b
    Examples:
      mlproj runs list --filter "metrics.rmse < 0.8" --order-by "metrics.rmse"
      mlproj runs list --experiment elasticnet --csv > runs.csv
    """
    with opened_store(tracking_uri) as store:
        runs = find_runs(store, experiment, filter_string=filter_string, order_by=order_by, view=view, limit=limit)
    if as_json:
        print_json([run_as_json(run) for run in runs])
    elif as_csv:
        print_csv(runs)
    else:
        print_runs(runs)


def find_runs(
    store: "Store", experiment: str | None, *, filter_string: str, order_by: Sequence[str], view: str, limit: int
) -> "tuple[Run, ...]":
    """The runs that match, at most `limit`; those whose supervisor is gone are ended first."""
    from mlproj.system.clock import now_ms
    from mlproj.tracking.entities import ViewType
    from mlproj.tracking.reaping import reap

    view_type = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}[view]

    ids = experiment_ids(store, experiment)
    page = store.search_runs(
        ids,
        filter_string=filter_string,
        view_type=view_type,
        order_by=order_by,
        max_results=min(limit, 50_000),
    )
    return tuple(reap(store, page.items, now_ms=now_ms()))


def experiment_ids(store: "Store", named: str | None) -> list[str]:
    """The experiment that is named, or all that are active."""
    if named is None:
        ids: list[str] = []
        token: str | None = None
        while True:
            page = store.search_experiments(max_results=1000, page_token=token)
            ids += [experiment.experiment_id for experiment in page.items]
            if (token := page.next_page_token) is None:
                return ids
    found = store.get_experiment_by_name(named)
    if found is None and named.isdecimal():
        found = store.get_experiment(named)
    if found is None:
        from mlproj.errors import NotFoundError

        raise NotFoundError(f"no experiment {named!r}", hint="see `mlproj experiments list`")
    return [found.experiment_id]


def print_runs(runs: "Sequence[Run]") -> None:
    """A table of runs with the metrics that they share most."""
    if not runs:
        click.echo("no runs", err=True)
        return
    judged = any("mlproj.verdict" in run.tags for run in runs)
    print_table(
        ["RUN", "NAME", "ENTRY", "STATUS", "STARTED", "TOOK", *(["VERDICT"] if judged else []), "METRICS"],
        [
            [
                run.run_id[:8],
                run.run_name,
                run.tags.get("mlflow.project.entryPoint", ""),
                str(run.status),
                time_text(run.start_time),
                duration_text(run.start_time, run.end_time),
                *([run.tags.get("mlproj.verdict", "")] if judged else []),
                " ".join(f"{key}={metric.value:.4g}" for key, metric in sorted(own_metrics(run).items())),
            ]
            for run in runs
        ],
    )


def print_csv(runs: "Sequence[Run]") -> None:
    """One line for each run; a column for each param, metric and tag that any of them has."""
    groups = [("params", [run.params for run in runs]), ("tags", [run.tags for run in runs])]
    params, tags = (sorted({key for mapping in mappings for key in mapping}) for _, mappings in groups)
    metrics = sorted({key for run in runs for key in run.metrics})
    columns = ["run_id", "experiment_id", "run_name", "status", "start_time", "end_time"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        [*columns, *(f"params.{k}" for k in params), *(f"metrics.{k}" for k in metrics), *(f"tags.{k}" for k in tags)]
    )
    for run in runs:
        values = [run.metrics[key].value if key in run.metrics else "" for key in metrics]
        writer.writerow(
            [
                *(getattr(run, column) for column in columns),
                *(run.params.get(key, "") for key in params),
                *values,
                *(run.tags.get(key, "") for key in tags),
            ]
        )
