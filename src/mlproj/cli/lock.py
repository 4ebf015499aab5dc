"""`mlproj lock`: exact versions and hashes, written beside the MLproject file."""

from pathlib import Path

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import note, print_json


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--platform", "platforms", metavar="P", multiple=True, help="Lock for another platform: linux-x86_64, ..."
)
@click.option("--python", metavar="VERSION", help="Lock for another Python, as in 3.12.")
@click.option("--env-manager", metavar="NAME", help="local, virtualenv, conda or uv (= virtualenv).")
@click.option("--installer", metavar="NAME", help="uv or pip.  [default: uv]")
@click.option("--as-of", metavar="DATE|COMMIT", help="Resolve as the package index was then.")
@click.option("--no-python-download", is_flag=True, help="Never fetch a Python version that is missing.")
@click.option("--conda-program", metavar="PROGRAM", help="An installed conda, mamba or micromamba; else built in.")
@click.option("--cuda", metavar="VERSION", help="CUDA to resolve conda packages for, or none.  [default: the driver's]")
@json_option
def command(
    path: Path,
    platforms: tuple[str, ...],
    python: str | None,
    env_manager: str | None,
    *,
    installer: str | None,
    conda_program: str | None,
    cuda: str | None,
    as_of: str | None,
    no_python_download: bool,
    as_json: bool,
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

    options = {"env_manager": env_manager, "installer": installer, "conda_program": conda_program, "cuda": cuda}
    settings = load_settings(options={**options, "python_download": False if no_python_download else None})
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
