"""`mlproj lock`: exact versions and hashes, written beside the MLproject file."""

from pathlib import Path
from typing import Any

import click

from mlproj.cli.building_options import as_of_option, building_options, building_settings
from mlproj.cli.options import json_option
from mlproj.cli.output import note, print_json


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--platform", "platforms", metavar="P", multiple=True, help="Lock for another platform: linux-x86_64, ..."
)
@click.option("--python", metavar="VERSION", help="Lock for another Python, as in 3.12.")
@building_options
@as_of_option
@json_option
def command(
    path: Path,
    platforms: tuple[str, ...],
    python: str | None,
    *,
    as_of: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Resolve the project's environment anew and write MLproject.lock. Commit the file.

    Without --platform it locks for this machine and for every platform that the file already has.

    \b
    Examples:
      mlproj lock
      mlproj lock --platform linux-x86_64 --platform macos-arm64
      mlproj lock --as-of 2024-05-01
    """
    from mlproj.cli.reporter import make_reporter
    from mlproj.config import load_settings
    from mlproj.envs.project_lock import lock_project
    from mlproj.envs.specs import spec_for
    from mlproj.project.loading import load

    settings = load_settings(options=building_settings(options))
    spec = spec_for(load(path).project, env_manager=None, settings=settings, check_locks=False)
    for warning in spec.warnings:
        note(warning)
    reporter = make_reporter()
    try:
        written = lock_project(
            spec,
            platforms=platforms,
            python=python,
            as_of=as_of,
            settings=settings,
            on_progress=reporter.progress,
            on_note=reporter.note,
        )
    finally:
        reporter.clear()
    if as_json:
        facts = [{"platform": lock.platform, "python": lock.python, "hash": lock.hash} for lock in written.locks]
        print_json({"file": str(written.file), "locks": facts})
        return
    for lock in written.locks:
        click.echo(f"locked for {lock.platform}, Python {lock.python}")
    click.echo(f"wrote {written.file}")
