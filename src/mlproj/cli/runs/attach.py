"""`mlproj runs attach`."""

import sys

import click

from mlproj.cli.options import opened_store, tracking_uri_option
from mlproj.cli.output import note


@click.command()
@click.argument("run")
@tracking_uri_option
def command(run: str, tracking_uri: str | None) -> int:
    """Follow a run's output to its end, and end with its exit code. Ctrl-C leaves the run going.

    \b
    Examples:
      mlproj runs attach 3f2a
    """
    from mlproj.runner.following import exit_code_of, output, wait
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        run_id = resolve_run_id(store, run)
        try:
            for chunk in output(store, run_id, follow=True):
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
            ended = wait(store, run_id)
        except KeyboardInterrupt:
            note(f"run {run_id} goes on; end it with: mlproj runs cancel {run_id[:8]}")
            return 130
    note(f"run {run_id} {ended.status}")
    return exit_code_of(ended)
