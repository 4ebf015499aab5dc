"""`mlproj reproduce`: does a past run reproduce, and if not, why?"""

from pathlib import Path
from typing import Any

import click

from mlproj.cli.options import json_option, tracking_uri_option


@click.command()
@click.argument("run")
@click.option("--times", type=click.IntRange(1), default=1, metavar="N", help="Run it N times: is it deterministic?")
@click.option(
    "--rtol",
    type=click.FloatRange(0),
    metavar="TOLERANCE",
    help="Relative tolerance for all metrics and outputs.  [default: what is declared, else 1e-6]",
)
@click.option("--history", is_flag=True, help="Compare whole curves of metrics, not only last values.")
@click.option("--env-only", is_flag=True, help="Build the run's environment from its lock, and run nothing.")
@click.option("--env-manager", metavar="NAME", help="local, virtualenv, conda or uv, instead of what the run used.")
@click.option(
    "-P",
    "--param-list",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A secret, which no record has: NAME=@env:VARIABLE or NAME=@file:PATH; or where data is now: NAME=PATH.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what was compared as a JUnit report.",
)
@tracking_uri_option
@json_option
def command(**options: Any) -> int:
    """Rebuild a past run from its record, run it again, compare, and say the verdict.

    RUN is a run's id, a run.json (path or URL), or a bundle. Code, environment, inputs, parameters, seed and declared
    variables are as they were. Outputs are compared by content, metrics by their last values.

    Ends with 0 for "identical" and "within tolerance", 1 for "differs"; "cannot reproduce" ends with 3 where code is
    missing, 2 an input or a secret, 4 the environment, 6 the store.

    \b
    Examples:
      mlproj reproduce 4f1c
      mlproj reproduce 4f1c --times 3
      mlproj reproduce paper/run.json --junit report.xml
      mlproj reproduce 4f1c --env-only
    """
    from mlproj.cli.reproduce_flow import run

    return run(options)
