"""`mlproj run`: the main job."""

from pathlib import Path
from typing import Any

import click

from mlproj.cli.building_options import building_options, lock_policy_options
from mlproj.cli.completion import complete_entry_points, complete_parameters
from mlproj.cli.options import json_option, tracking_uri_option


class RunCommand(click.Command):
    """Keeps the words after `--` apart, and shows the entry point's parameters in its help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            args, ctx.meta["arguments"] = args[:at], tuple(args[at + 1 :])
        return super().parse_args(ctx, args)


@click.command(cls=RunCommand, add_help_option=False)
@click.argument("uri", required=False)
@click.option(
    "-e",
    "--entry-point",
    default="main",
    metavar="NAME",
    shell_complete=complete_entry_points,
    help="Entry point, or a .py, .sh or .R script.  [default: main]",
)
@click.option("-v", "--version", metavar="VERSION", help="Branch, tag or commit of a git repository.")
@click.option(
    "-P",
    "--param-list",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_parameters,
    help="A parameter; repeatable. Secrets: NAME=@env:VARIABLE or NAME=@file:PATH.",
)
@click.option(
    "--params-file", type=click.Path(path_type=Path), metavar="FILE", help="YAML or JSON file of parameters; -P wins."
)
@click.option(
    "-A", "--docker-args", multiple=True, metavar="NAME[=VALUE]", help="An argument for `docker run`; repeatable."
)
@click.option("--experiment-name", metavar="NAME", help="Experiment of the run; created if it is new.")
@click.option("--experiment-id", metavar="ID", help="Experiment of the run.")
@click.option("--run-name", metavar="NAME", help="Name of the run.")
@click.option("--run-id", metavar="RUN", help="Record into this run instead of a new one.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the run; repeatable.")
@click.option("--description", metavar="TEXT", help="Description of the run (Markdown).")
@click.option("-b", "--backend", default="local", metavar="NAME", help="Where the job runs.  [default: local]")
@click.option("-c", "--backend-config", metavar="FILE|JSON", help="Settings of the backend.")
@click.option("--no-conda", is_flag=True, hidden=True, help="The same as --env-manager local.")
@click.option(
    "--storage-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where remote path parameters are fetched to.",
)
@click.option("--build-image", is_flag=True, help="Build an image with the project in it (docker).")
@building_options
@lock_policy_options
@click.option(
    "--grace",
    type=float,
    metavar="SECONDS",
    help="Time between interrupting the job and terminating it.  [default: 10]",
)
@click.option("--no-capture", is_flag=True, help="Keep no changes, untracked files or commits with the run.")
@click.option("--no-system-metrics", is_flag=True, help="Do not log the use of CPU, memory, disk, network and GPU.")
@click.option("--reuse", is_flag=True, help="Take the results of an earlier run that is the same in every part.")
@click.option("-d", "--detach", is_flag=True, help="Print the run's id and leave it running.")
@click.option("--dry-run", is_flag=True, help="Show what would run; resolve and run nothing.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the result as a JUnit report.",
)
@tracking_uri_option
@json_option
@click.option(
    "-h", "--help", "wants_help", is_flag=True, help="Show this; with a local project its entry point's parameters too."
)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Run an entry point of a project and record the run.

    URI is a directory, a git repository, or a .zip; #SUBDIRECTORY may follow it. runs:/RUN, or a bundle, is a new run
    from a past one's code, lock, inputs and parameters, with what is given changed. Words after -- are appended to the
    command.

    \b
    Examples:
      mlproj run . -P alpha=0.5
      mlproj run --version v1.2 https://host/team/project.git -e train
      mlproj run . -e train.py -- --verbose
      mlproj run runs:/4f1c -P alpha=7
      mlproj run . --dry-run
    """
    uri = options["uri"]
    if options["wants_help"]:
        from mlproj.cli.entry_point_help import describe_entry_point

        click.echo(ctx.get_help())
        click.echo(describe_entry_point(uri, options["entry_point"]), nl=False)
        return 0
    if uri is None:
        raise click.UsageError("which project? Give a directory or a URI, for example: mlproj run .", ctx)
    from click.core import ParameterSource

    from mlproj.cli.run_flow import run

    if ctx.get_parameter_source("entry_point") is ParameterSource.COMMANDLINE:
        options["given_entry_point"] = options["entry_point"]
    return run(uri, options, tuple(ctx.meta.get("arguments", ())))
