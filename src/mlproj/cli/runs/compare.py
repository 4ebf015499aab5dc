"""`mlproj runs compare`."""

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import print_json, print_table
from mlproj.cli.runs.presenting import duration_text, own_metrics

MISSING = "-"


@click.command()
@click.argument("runs", nargs=-1, required=True)
@click.option("--all", "show_all", is_flag=True, help="Rows in which the runs agree, too.")
@tracking_uri_option
@json_option
def command(runs: tuple[str, ...], tracking_uri: str | None, *, show_all: bool, as_json: bool) -> None:
    """Show the params and metrics of runs side by side; a * marks what differs.

    \b
    Examples:
      mlproj runs compare 3f2a 91bc
      mlproj runs compare 3f2a 91bc 0d7e --all --json
    """
    from mlproj.errors import UsageError
    from mlproj.runner.following import look
    from mlproj.tracking.run_ids import resolve_run_id

    if len(runs) < 2:  # noqa: PLR2004 - to compare takes two
        raise UsageError("one run cannot be compared", hint="name two or more")
    with opened_store(tracking_uri) as store:
        found = [look(store, resolve_run_id(store, run)) for run in runs]
    columns = [
        {
            "name": run.run_name,
            "entry point": run.tags.get("mlflow.project.entryPoint", MISSING),
            "status": str(run.status),
            "took": duration_text(run.start_time, run.end_time),
            "commit": run.tags.get("mlflow.source.git.commit", MISSING)[:12],
            **{f"params.{key}": value for key, value in run.params.items()},
            **{f"metrics.{key}": repr(metric.value) for key, metric in own_metrics(run).items()},
        }
        for run in found
    ]
    rows = compare(columns)
    if as_json:
        print_json(
            {
                "runs": [run.run_id for run in found],
                "rows": [{"key": key, "values": values, "differs": differs} for key, values, differs in rows],
            }
        )
        return
    print_table(
        ["", *(run.run_id[:8] for run in found)],
        [[("* " if differs else "  ") + key, *values] for key, values, differs in rows if differs or show_all],
    )


def compare(columns: list[dict[str, str]]) -> list[tuple[str, list[str], bool]]:
    """Each key with its value in every column, and whether they differ; keys in the order of their first column."""
    keys = list(dict.fromkeys(key for column in columns for key in column))
    rows = [(key, [column.get(key, MISSING) for column in columns]) for key in keys]
    return [(key, values, len(set(values)) > 1) for key, values in rows]
