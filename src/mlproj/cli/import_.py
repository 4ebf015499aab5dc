"""`mlproj import`: bring in the runs of another store."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import note, print_json, print_table, size_text

if TYPE_CHECKING:
    from mlproj.tracking.base import LocalStore
    from mlproj.transfer.base import Source
    from mlproj.transfer.summary import Summary

SHOWN = 10


@click.command()
@click.argument("source")
@click.option("--link", is_flag=True, help="Leave artifacts where they are; runs point to them.")
@click.option("--no-artifacts", is_flag=True, help="Leave artifacts out.")
@click.option("--artifacts", metavar="URI", help="Where the source's artifacts are now.")
@tracking_uri_option
@json_option
def command(
    source: str, artifacts: str | None, tracking_uri: str | None, *, link: bool, no_artifacts: bool, as_json: bool
) -> int:
    """Bring in experiments, runs and models from an MLflow database, an mlruns folder, a server, or a file.

    SOURCE is only read. Runs keep their ids; those that are here already stay as they are, so an import can be
    repeated, and goes on where it was interrupted.

    \b
    Examples:
      mlproj import mlruns
      mlproj import sqlite:///mlflow.db --link
      mlproj import https://mlflow.example.org
      mlproj import runs.jsonl
      mlproj import run.zip
    """
    from mlproj.config import load_settings
    from mlproj.errors import UsageError
    from mlproj.transfer.opening import open_source

    if link and no_artifacts:
        raise UsageError("--link and --no-artifacts exclude each other")
    settings = load_settings(options={"tracking_uri": tracking_uri})
    with opened_store(tracking_uri) as store:
        if store.uri.startswith(("http://", "https://")):
            raise UsageError(
                "runs cannot be imported into a server", where=store.uri, hint="run this where its database is"
            )
        with closing(open_source(source, settings=settings, artifacts=artifacts)) as opened:
            summary = _carry_out(opened, store, link=link, files=not no_artifacts)  # type: ignore[arg-type] # no server
    if as_json:
        print_json(_as_json(summary))
    else:
        _print(summary)
    for text in (*summary.notes[:SHOWN], *summary.disagreements[:SHOWN]):
        note(text)
    if (more := len(summary.notes) - SHOWN) > 0:
        note(f"and {more} more notes")
    return 1 if summary.disagreements else 0


def _carry_out(source: "Source", store: "LocalStore", *, link: bool, files: bool) -> "Summary":
    from mlproj.cli.reporter import make_reporter
    from mlproj.transfer.importing import Import

    reporter = make_reporter()
    terminal = sys.stderr.isatty()
    work = Import(
        source,
        store,
        link=link,
        files=files,
        on_experiment=lambda experiment: reporter.progress(f"importing experiment {experiment.name!r}"),
        on_run=lambda _: reporter.progress(f"importing run {work.summary.runs + 1}") if terminal else None,
    )
    try:
        return work.carry_out()
    finally:
        reporter.clear()


def _as_json(summary: "Summary") -> dict[str, object]:
    counts = {name: getattr(summary, name) for name in summary.__slots__}
    return {**counts, "agree": not summary.disagreements}


def _print(summary: "Summary") -> None:
    rows = [
        ("experiments", summary.experiments, summary.merged),
        ("runs", summary.written, summary.present),
        ("params", summary.params, None),
        ("tags", summary.tags, None),
        ("metric points", summary.points, None),
        ("data sets", summary.datasets, None),
        ("logged models", summary.logged_models, summary.known_logged_models),
        ("registered models", summary.registered_models, summary.known_registered_models),
        ("model versions", summary.versions, summary.known_versions),
        ("files", summary.files, None),
    ]
    print_table(
        ["WHAT", "IMPORTED", "HERE ALREADY"],
        [[name, str(new), "" if present is None else str(present)] for name, new, present in rows],
    )
    agreed = "counts agree with the source" if not summary.disagreements else "counts do not agree with the source"
    runs = "1 run" if summary.written == 1 else f"{summary.written} runs"
    note(f"imported {runs}, {size_text(summary.bytes)} of files; {agreed}")
