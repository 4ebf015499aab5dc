"""`mlproj server` and `mlproj ui`: one command with two names."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlproj.cli.output import note

if TYPE_CHECKING:
    from mlproj.config import Settings
    from mlproj.server.calls import CodeDiff
    from mlproj.tracking.base import LocalStore

INTERRUPTED = 0
TERMINATED = 143
FILE = click.Path(path_type=Path, dir_okay=False)


class ServerCommand(click.Command):
    """Says of MLflow's options that are not taken what to do instead."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from mlproj.cli.server_plan import FOREIGN

        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in FOREIGN:
                raise
            text = f"{error.option_name} is MLflow's, and not taken here: {FOREIGN[error.option_name]}"
            raise click.UsageError(text, ctx) from error


@click.command(cls=ServerCommand, context_settings={"help_option_names": ["--help"]})
@click.option("-h", "--host", metavar="HOST", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("-p", "--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [default: 5000]")
@click.option("--store", metavar="URI", help="Database: sqlite:///PATH (default: the one that `mlproj run` writes).")
@click.option("--artifacts", metavar="URI", help="Where artifacts are kept (default: beside the database).")
@click.option("--auth", type=FILE, help="Users who may come in; see `mlproj users`.")
@click.option("--certfile", type=FILE, help="TLS certificate chain (PEM).")
@click.option("--keyfile", type=FILE, help="Key of the certificate (PEM).")
@click.option("--allowed-hosts", metavar="NAMES", help="More names to answer to, separated by commas; * for all.")
@click.option("--access-log", metavar="FILE", help="Write a line of JSON for each request; - for standard error.")
@click.option("-w", "--workers", type=click.IntRange(1, 1024), help="Processes; more than one needs PostgreSQL.")
@click.option("--static-prefix", metavar="PATH", help="Prefix of all paths, behind a proxy.")
@click.option("--serve-artifacts/--no-serve-artifacts", default=None, help="Whether clients get files from here.")
@click.option("--backend-store-uri", metavar="URI", help="MLflow's name for --store.")
@click.option("--registry-store-uri", metavar="URI", help="MLflow's; the same as --store, or left out.")
@click.option("--default-artifact-root", metavar="URI", help="MLflow's; the same as --artifacts.")
@click.option("--artifacts-destination", metavar="URI", help="MLflow's name for --artifacts.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    """Serve the tracking store to every MLflow client, until it is interrupted.

    \b
    Examples:
      mlproj server
      mlproj ui -h 0.0.0.0 -p 8080 --auth users.json
    """
    from mlproj.cli.browser import open_page
    from mlproj.cli.server_plan import read_plan
    from mlproj.config import load_settings
    from mlproj.server.mlflow_data import left_by_mlflow
    from mlproj.server.pages.built import NOT_BUILT, is_built
    from mlproj.server.standalone import run_server
    from mlproj.server.stores import open_served

    settings = load_settings()
    plan = read_plan(options, settings.environ)

    def announce(address: str) -> None:
        click.echo(f"mlproj {context.info_name} at {address}")
        if context.info_name == "ui" and not is_built():
            note(NOT_BUILT)
        elif context.info_name == "ui":
            open_page(address, settings.environ)
        for remark in left_by_mlflow(Path.cwd(), lambda: open_served(plan, settings), named=plan.store):
            note(remark)

    ended_by = run_server(plan, settings, on_ready=announce, on_note=note, code_diff=_code_diff(settings))
    return TERMINATED if ended_by == signal.SIGTERM else INTERRUPTED


def _code_diff(settings: "Settings") -> "CodeDiff":
    """Compares code when it is first asked for."""

    def compare(store: "LocalStore", first: str, second: str) -> str | None:
        from mlproj.runner.past.served_differences import served_diff

        return served_diff(store, first, second, settings=settings)

    return compare
