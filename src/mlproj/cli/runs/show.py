"""`mlproj runs show`."""

from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import print_json
from mlproj.cli.runs.presenting import duration_text, one_line, run_as_json, time_text

if TYPE_CHECKING:
    from mlproj.tracking.entities import Run


@click.command()
@click.argument("run")
@tracking_uri_option
@json_option
def command(run: str, tracking_uri: str | None, *, as_json: bool) -> None:
    """Show one run: status, source, params, metrics, tags.

    \b
    Examples:
      mlproj runs show 3f2a
      mlproj runs show 3f2a --json
    """
    from mlproj.runner.following import look
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        found = look(store, resolve_run_id(store, run))
    if as_json:
        print_json(run_as_json(found))
    else:
        _print(found)


def _print(run: "Run") -> None:
    tags = run.tags
    facts = {
        "run": run.run_id,
        "name": run.run_name,
        "experiment": run.experiment_id,
        "status": str(run.status) + (" (deleted)" if run.lifecycle_stage == "deleted" else ""),
        "exit code": tags.get("mlproj.exit_code"),
        "ended": tags.get("mlproj.end_reason"),
        "error": tags.get("mlproj.error"),
        "started": time_text(run.start_time),
        "took": duration_text(run.start_time, run.end_time),
        "source": tags.get("mlflow.source.name"),
        "entry point": tags.get("mlflow.project.entryPoint"),
        "version": tags.get("mlproj.source.version"),
        "commit": tags.get("mlflow.source.git.commit"),
        "parent": tags.get("mlflow.parentRunId"),
        "made from": tags.get("mlproj.from_run"),
        "reproduces": tags.get("mlproj.reproduces"),
        "reproduced": tags.get("mlproj.reproduced_by"),
        "verdict": tags.get("mlproj.verdict"),
        "artifacts": run.artifact_uri,
    }
    for name, value in facts.items():
        if value:
            click.echo(f"{name + ':':<13}{one_line(value)}")
    _section("params", dict(sorted(run.params.items())))
    _section("metrics", {key: f"{metric.value:g}" for key, metric in sorted(run.metrics.items())})
    _section("tags", {key: value for key, value in sorted(tags.items()) if not key.startswith(("mlflow.", "mlproj."))})


def _section(title: str, values: dict[str, str]) -> None:
    if values:
        click.echo(f"{title}:")
        for key, value in values.items():
            click.echo(f"  {one_line(key)} = {one_line(value)}")
