"""`mlproj export`: runs as a file."""

from collections.abc import Iterable
from pathlib import Path

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import note, print_json


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.jsonl|FILE.zip",
    help="The file to write.",
)
@click.option(
    "--with-packages", is_flag=True, help="Put the files of the run's Python and conda packages into FILE.zip."
)
@tracking_uri_option
@json_option
def command(
    runs: tuple[str, ...], output: Path, tracking_uri: str | None, *, with_packages: bool, as_json: bool
) -> None:
    """Write runs to a file.

    FILE.jsonl takes any number of runs, for `mlproj import`: params, tags, every metric point, data sets, logged
    models; artifacts are left out. FILE.zip takes one run as a bundle, an RO-Crate with code, lock, parameters, inputs,
    outputs, artifacts and models, for `mlproj run FILE.zip`, `mlproj reproduce FILE.zip` and `mlproj import FILE.zip`
    on any machine.

    \b
    Examples:
      mlproj export 4f1c -o run.jsonl
      mlproj export 4f1c 09ab -o runs.jsonl
      mlproj export 4f1c -o run.zip
      mlproj export 4f1c -o run.zip --with-packages
    """
    from mlproj.errors import UsageError
    from mlproj.runner.interrupts import termination_raised
    from mlproj.tracking.run_ids import resolve_run_id
    from mlproj.transfer.lines import write_lines

    if output.suffix == ".zip":
        _export_bundle(runs, output, tracking_uri, with_packages=with_packages, as_json=as_json)
        return
    if with_packages:
        raise UsageError("--with-packages goes with a bundle only", hint="let the file's name end with .zip")
    if output.suffix != ".jsonl":
        raise UsageError(f"{output.name!r} is no name of a file of lines", hint="let it end with .jsonl, or .zip")
    with termination_raised(), opened_store(tracking_uri) as store:
        chosen = list(dict.fromkeys(resolve_run_id(store, run) for run in runs))
        _write(output, write_lines(store, chosen))
    if as_json:
        print_json({"runs": chosen, "file": str(output.absolute())})
    else:
        note(f"exported {len(chosen)} run{'' if len(chosen) == 1 else 's'} to {output}")


def _write(output: Path, lines: Iterable[bytes]) -> None:
    import secrets

    from mlproj.errors import DirectoryError

    staging = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        with staging.open("xb") as file:
            file.writelines(lines)
        staging.replace(output)
    except BaseException as error:
        staging.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DirectoryError(
                f"cannot write {output}: {error.strerror}", hint="name another file with -o"
            ) from error
        raise


def _export_bundle(
    runs: tuple[str, ...], output: Path, tracking_uri: str | None, *, with_packages: bool, as_json: bool
) -> None:
    from mlproj.cli.past import open_one
    from mlproj.errors import UsageError
    from mlproj.runner.bundles.exporting import write_bundle
    from mlproj.runner.interrupts import termination_raised

    if len(runs) != 1:
        raise UsageError("a bundle holds one run", hint="write one for each, or all to a .jsonl file")
    with termination_raised(), open_one(runs[0], tracking_uri) as one:
        write_bundle(
            one.past,
            output,
            store=one.store,
            settings=one.settings,
            with_packages=with_packages,
            on_note=one.reporter.note,
        )
        run_id = one.past.run_id
    if as_json:
        print_json({"runs": [run_id], "file": str(output.absolute())})
    else:
        note(f"exported run {run_id[:8]} to {output}")
