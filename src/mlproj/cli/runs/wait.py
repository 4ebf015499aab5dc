"""`mlproj runs wait`."""

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import print_json


@click.command()
@click.argument("runs", nargs=-1, required=True)
@tracking_uri_option
@json_option
def command(runs: tuple[str, ...], tracking_uri: str | None, *, as_json: bool) -> int:
    """Wait until runs are over; ends with the first exit code among theirs that is not 0.

    \b
    Examples:
      mlproj runs wait 3f2a
      mlproj runs wait 3f2a 91bc --json
    """
    from mlproj.runner.following import exit_code_of, wait
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        ids = [resolve_run_id(store, run) for run in runs]
        ended = [wait(store, run_id) for run_id in ids]
    codes = [exit_code_of(run) for run in ended]
    if as_json:
        print_json(
            [
                {"run_id": run.run_id, "status": str(run.status), "exit_code": code}
                for run, code in zip(ended, codes, strict=True)
            ]
        )
    else:
        for run in ended:
            click.echo(f"{run.run_id} {run.status}")
    return next((code for code in codes if code), 0)
