"""`mlproj why`: what explains the difference of two runs."""

from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, tracking_uri_option
from mlproj.cli.output import print_json

if TYPE_CHECKING:
    from mlproj.cli.past import TwoRuns
    from mlproj.record.causes import Cause
    from mlproj.runner.past.swaps import Swap

LINES_SHOWN = 40


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN_A [RUN_B]")
@click.option("--full", is_flag=True, help="The whole difference of the code, however long.")
@click.option("--prove", is_flag=True, help="Run between them with differences swapped, until the cause is shown.")
@click.option("--env-manager", metavar="NAME", help="For --prove: local, virtualenv, conda or uv.")
@tracking_uri_option
@json_option
def command(
    runs: tuple[str, ...], env_manager: str | None, tracking_uri: str | None, *, full: bool, prove: bool, as_json: bool
) -> None:
    """Show what differs between two runs, the likeliest cause of another result first.

    Parameters, code (with the diff itself), packages, image, inputs, seed, declared variables, interpreter, hardware,
    driver, system. One run is compared with the earlier run of its project that is most like it. A run is its id, a
    run.json (path or URL), or a bundle.

    \b
    Examples:
      mlproj why 4f1c 09ab
      mlproj why 4f1c
      mlproj why 4f1c 09ab --prove
      mlproj why paper/run.json 09ab --json
    """
    from mlproj.cli.explaining import print_causes
    from mlproj.cli.past import open_two
    from mlproj.runner.past.differences import explain

    with open_two(runs, tracking_uri) as two:
        found = explain(two.before, two.after, settings=two.settings, on_progress=two.reporter.progress)
        shown = _prove(two, env_manager) if prove else None
        two.reporter.clear()
    if as_json:
        print_json(
            {
                "run_a": two.before.run_id,
                "run_b": two.after.run_id,
                "partial": two.before.partial or two.after.partial,
                "causes": [cause_as_json(cause) for cause in found],
                "shown": None if shown is None else [{"kind": swap.kind, "name": swap.name} for swap in shown],
            }
        )
        return
    click.echo(f"{two.before.run_id[:8]} -> {two.after.run_id[:8]}")
    print_causes(found, lines=None if full else LINES_SHOWN)
    if shown == ():
        click.echo(
            "not shown: what can be swapped does not make the difference (chance does, without a seed, or the machine,"
            " or what is not recorded)"
        )
    elif shown is not None:
        click.echo(
            f"shown by running: {', '.join(swap.text for swap in shown)} {'makes' if len(shown) == 1 else 'make'}"
            " the difference"
        )


def _prove(two: "TwoRuns", env_manager: str | None) -> "tuple[Swap, ...]":
    from mlproj.runner.interrupts import termination_raised
    from mlproj.runner.past.proving import prove

    with termination_raised():
        return prove(two.before, two.after, settings=two.settings, reporter=two.reporter, env_manager=env_manager)


def cause_as_json(cause: "Cause") -> dict[str, object]:
    """A cause as data."""
    return {
        "kind": str(cause.kind),
        "name": cause.name,
        "before": cause.before,
        "after": cause.after,
        "text": cause.text,
        "detail": cause.detail,
    }
