"""`mlproj prepare`: everything that needs the network, before a run that has none."""

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import print_json


@click.command()
@click.argument("uri", default=".")
@click.option("-v", "--version", metavar="VERSION", help="Branch, tag or commit of a git repository.")
@click.option("--env-manager", metavar="NAME", help="local, virtualenv, conda or uv (= virtualenv).")
@click.option("--locked", is_flag=True, help="Use a lock that is there and fresh, or fail; resolve nothing.")
@click.option("--update", is_flag=True, help="Resolve the environment anew.")
@click.option("--as-of", metavar="DATE|COMMIT", help="Resolve as the package index was then.")
@click.option("--installer", metavar="NAME", help="uv or pip.  [default: uv]")
@click.option("--no-python-download", is_flag=True, help="Never fetch a Python version that is missing.")
@click.option("--conda-program", metavar="PROGRAM", help="An installed conda, mamba or micromamba; else built in.")
@click.option("--cuda", metavar="VERSION", help="CUDA to resolve conda packages for, or none.  [default: the driver's]")
@json_option
def command(
    uri: str,
    version: str | None,
    *,
    env_manager: str | None,
    as_of: str | None,
    installer: str | None,
    conda_program: str | None,
    cuda: str | None,
    locked: bool,
    update: bool,
    no_python_download: bool,
    as_json: bool,
) -> None:
    """Fetch the code, lock and build the environment, and run nothing.

    For CI caches, Dockerfiles, and nodes without network: a later run of the same commit finds all of it.

    \b
    Examples:
      mlproj prepare .
      mlproj prepare --version v1.2 https://host/team/project.git
    """
    from mlproj.cli.reporter import make_reporter
    from mlproj.config import load_settings
    from mlproj.envs.values import LockPolicy
    from mlproj.runner.building import build_ahead
    from mlproj.runner.interrupts import termination_raised

    settings = load_settings(
        options={
            "env_manager": env_manager,
            "installer": installer,
            "conda_program": conda_program,
            "cuda": cuda,
            "python_download": False if no_python_download else None,
        }
    )
    reporter = make_reporter()
    try:
        with termination_raised():
            built = build_ahead(
                uri,
                version,
                env_manager=settings.env_manager,
                policy=LockPolicy(locked=locked, update=update, as_of=as_of),
                settings=settings,
                reporter=reporter,
            )
    finally:
        reporter.clear()
    facts = {
        "uri": built.source.uri,
        "commit": built.source.commit,
        "env_manager": built.environment.manager,
        "environment": built.environment.key,
        "prefix": None if built.environment.prefix is None else str(built.environment.prefix),
        "python": built.environment.python,
        "reused": built.environment.reused,
    }
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        click.echo(f"{name + ':':<13}{'-' if value is None else value}")
