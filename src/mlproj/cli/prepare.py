"""`mlproj prepare`: everything that needs the network, before a run that has none."""

from typing import TYPE_CHECKING, Any

import click

from mlproj.cli.building_options import building_options, building_settings, lock_policy_options, read_lock_policy
from mlproj.cli.options import json_option
from mlproj.cli.output import print_json

if TYPE_CHECKING:
    from mlproj.runner.building import Built


@click.command()
@click.argument("uri", default=".")
@click.option("-v", "--version", metavar="VERSION", help="Branch, tag or commit of a git repository.")
@building_options
@lock_policy_options
@json_option
def command(uri: str, version: str | None, *, as_json: bool, **options: Any) -> None:
    """Fetch the code, lock and build the environment, and run nothing.

    For CI caches, Dockerfiles, and nodes without network: a later run of the same commit finds all of it.

    \b
    Examples:
      mlproj prepare .
      mlproj prepare --version v1.2 https://host/team/project.git
    """
    facts = _facts(_build(uri, version, options))
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        click.echo(f"{name + ':':<13}{'-' if value is None else value}")


def _build(uri: str, version: str | None, options: dict[str, Any]) -> "Built":
    from mlproj.cli.reporter import make_reporter
    from mlproj.config import load_settings
    from mlproj.runner.building import build_ahead
    from mlproj.runner.interrupts import termination_raised

    settings = load_settings(options=building_settings(options))
    policy = read_lock_policy(options)
    reporter = make_reporter()
    try:
        with termination_raised():
            return build_ahead(
                uri, version, env_manager=settings.env_manager, policy=policy, settings=settings, reporter=reporter
            )
    finally:
        reporter.clear()


def _facts(built: "Built") -> dict[str, object]:
    environment = built.environment
    return {
        "uri": built.source.uri,
        "commit": built.source.commit,
        "env_manager": environment.manager,
        "environment": environment.key,
        "prefix": None if environment.prefix is None else str(environment.prefix),
        "python": environment.python,
        "reused": environment.reused,
    }
