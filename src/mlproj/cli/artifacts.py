"""`mlproj artifacts`: list, download and log the files of a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import note, print_json, print_table, size_text
from mlproj.errors import AlreadyExistsError, NotFoundError

if TYPE_CHECKING:
    from mlproj.tracking.base import Artifacts
    from mlproj.tracking.entities import FileInfo


@click.group()
def command() -> None:
    """List, download and log the files of a run. A run's id may be abbreviated."""


@command.command("list")
@click.argument("run")
@click.argument("path", default="")
@click.option("-r", "--recursive", is_flag=True, help="Files of sub-directories too.")
@tracking_uri_option
@json_option
def list_artifacts(run: str, path: str, tracking_uri: str | None, *, recursive: bool, as_json: bool) -> None:
    """List the files of a run, or of one of its directories.

    \b
    Examples:
      mlproj artifacts list 4f1c
      mlproj artifacts list 4f1c model -r --json
    """
    from mlproj.tracking.transfers import find_files

    with _artifacts(run, tracking_uri) as artifacts:
        found = list(find_files(artifacts, path)) if recursive else list(artifacts.list(path)) or _one(artifacts, path)
    if as_json:
        print_json([{"path": info.path, "is_dir": info.is_dir, "file_size": info.file_size} for info in found])
        return
    rows = [
        [f"{info.path}/" if info.is_dir else info.path, "-" if info.file_size is None else size_text(info.file_size)]
        for info in found
    ]
    print_table(["PATH", "SIZE"], rows)


@command.command()
@click.argument("run")
@click.argument("path", default="")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIRECTORY",
    help="Where the files go, each at its own path (default: here).",
)
@click.option("-f", "--force", is_flag=True, help="Write over files that are there.")
@tracking_uri_option
@json_option
def download(run: str, path: str, output: Path, tracking_uri: str | None, *, force: bool, as_json: bool) -> None:
    """Download a file, a directory, or all files of a run.

    Nothing is downloaded if one of the files is there already.

    \b
    Examples:
      mlproj artifacts download 4f1c -o results
      mlproj artifacts download 4f1c model/model.pkl
    """
    from mlproj.tracking.transfers import download as fetch
    from mlproj.tracking.transfers import find_files

    with _artifacts(run, tracking_uri) as artifacts:
        files = list(find_files(artifacts, path))
        if path and not files:
            raise NotFoundError(f"run {run} has no artifact {path!r}", hint=f"mlproj artifacts list {run}")
        if not force:
            _refuse_to_overwrite([output / info.path for info in files])
        with _progress("downloading", sum(info.file_size or 0 for info in files)) as on_bytes:
            written = [fetch(artifacts, info, output, on_bytes=on_bytes) for info in files]
    if as_json:
        print_json([{"path": info.path, "file": str(file)} for info, file in zip(files, written, strict=True)])
    else:
        note(f"downloaded {_count(len(files))} to {output.absolute()}")


@command.command()
@click.argument("run")
@click.argument(
    "sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE_OR_DIRECTORY..."
)
@click.option("--path", "target", default="", metavar="PATH", help="The directory of the run that takes them.")
@tracking_uri_option
@json_option
def log(run: str, sources: tuple[Path, ...], target: str, tracking_uri: str | None, *, as_json: bool) -> None:
    """Add files and directories to a run, each under its own name.

    \b
    Examples:
      mlproj artifacts log 4f1c report.html
      mlproj artifacts log 4f1c plots --path evaluation
    """
    from mlproj.tracking.artifacts import check_path
    from mlproj.tracking.transfers import plan_upload, upload

    directory = check_path(target)
    planned = [pair for source in sources for pair in plan_upload(source, directory)]
    total = sum(file.stat().st_size for file, _ in planned)
    with _artifacts(run, tracking_uri) as artifacts, _progress("uploading", total) as on_bytes:
        for file, path in planned:
            upload(artifacts, file, path, on_bytes=on_bytes)
    if as_json:
        print_json([{"path": path, "file": str(file)} for file, path in planned])
    else:
        note(f"logged {_count(len(planned))}")


@contextmanager
def _artifacts(run: str, tracking_uri: str | None) -> "Iterator[Artifacts]":
    from mlproj.tracking.run_ids import resolve_run_id

    with opened_store(tracking_uri) as store:
        yield store.artifacts(resolve_run_id(store, run))


def _one(artifacts: "Artifacts", path: str) -> "list[FileInfo]":
    """A path that is no directory may be a file."""
    from mlproj.tracking.transfers import find_files

    found = list(find_files(artifacts, path)) if path else []
    if path and not found:
        raise NotFoundError(f"the run has no artifact {path!r}")
    return found


def _refuse_to_overwrite(files: list[Path]) -> None:
    there = [file for file in files if file.exists() or file.is_symlink()]
    if there:
        more = f", and {len(there) - 1} more" if len(there) > 1 else ""
        raise AlreadyExistsError(f"{there[0]} is there already{more}", hint="give --force, or another -o DIRECTORY")


@contextmanager
def _progress(verb: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing in a pipe."""
    import sys

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn(verb), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=total)
        yield lambda number: bar.advance(task, number)


def _count(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
