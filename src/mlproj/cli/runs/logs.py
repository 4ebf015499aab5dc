"""`mlproj runs logs`."""

import sys

import click

from mlproj.cli.options import opened_store, tracking_uri_option


@click.command()
@click.argument("run")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run is over.")
@tracking_uri_option
def command(run: str, tracking_uri: str | None, *, follow: bool) -> None:
    """Print what a run's command printed.

    \b
    Examples:
      mlproj runs logs 3f2a
      mlproj runs logs -f 3f2a
    """
    from mlproj.runner.following import output
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        for chunk in output(store, resolve_run_id(store, run), follow=follow):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
