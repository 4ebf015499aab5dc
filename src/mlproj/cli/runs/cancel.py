"""`mlproj runs cancel`."""

import click

from mlproj.cli.options import opened_store, tracking_uri_option
from mlproj.cli.output import note


@click.command()
@click.argument("run")
@click.option("--no-wait", is_flag=True, help="Ask for the end and do not wait for it.")
@tracking_uri_option
def command(run: str, tracking_uri: str | None, *, no_wait: bool) -> None:
    """End a running run: interrupt, then terminate, then kill its whole process tree.

    \b
    Examples:
      mlproj runs cancel 3f2a
    """
    from mlproj.runner.following import cancel, wait
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        run_id = resolve_run_id(store, run)
        cancel(store, run_id)
        if no_wait:
            note(f"run {run_id} was asked to end")
            return
        ended = wait(store, run_id)
    note(f"run {run_id} {ended.status}")
