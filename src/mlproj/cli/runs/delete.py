"""`mlproj runs delete`."""

import click

from mlproj.cli.options import opened_store, tracking_uri_option
from mlproj.cli.output import note


@click.command()
@click.argument("runs", nargs=-1, required=True)
@tracking_uri_option
def command(runs: tuple[str, ...], tracking_uri: str | None) -> None:
    """Delete runs; `mlproj gc` makes it final, `mlproj runs restore` undoes it.

    A run that goes on is not deleted.

    \b
    Examples:
      mlproj runs delete 3f2a 91bc
    """
    from mlproj.errors import UserError
    from mlproj.system.clock import now_ms
    from mlproj.tracking.reaping import goes_on
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        ids = tuple(dict.fromkeys(resolve_run_id(store, run) for run in runs))
        for run_id in ids:
            if goes_on(store.get_run(run_id), now_ms=now_ms()):
                raise UserError(f"run {run_id} is running", hint=f"end it first: mlproj runs cancel {run_id[:8]}")
        for run_id in ids:
            store.delete_run(run_id)
            note(f"run {run_id} deleted")
