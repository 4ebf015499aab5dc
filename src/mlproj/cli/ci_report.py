"""What a CI service reads after a run: GitHub's outputs, summary and annotations; a JUnit report anywhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import click

from mlproj.cli.output import note
from mlproj.errors import UsageError


def report(
    environ: Mapping[str, str],
    *,
    uri: str,
    entry_point: str,
    options: Mapping[str, Any],
    run_id: str | None = None,
    status: str = "",
    exit_code: int | None = None,
    failure: str | None = None,
) -> None:
    """Write what the job's variables and `--junit` ask for; a file that cannot be written is a remark, no more.

    `exit_code` is None while the run goes on, and where there is none.
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        if run_id is not None:
            _append(environ.get("GITHUB_OUTPUT"), f"run_id={run_id}\nstatus={status}\n")
        if run_id is not None and exit_code is not None:
            _append(
                environ.get("GITHUB_STEP_SUMMARY"), summary_table(uri, entry_point, f"`{run_id}`", status, exit_code)
            )
        if failure:
            click.echo(annotation(failure), err=options["as_json"])
    if options["junit"] is not None:
        _write(options["junit"], junit_xml(uri=uri, entry_point=entry_point, failure=failure))


def check_writable(file: Path) -> None:
    """Raise UsageError, before anything runs, if the report could not be written."""
    try:
        with file.open("a"):
            pass
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=f"--junit {file}") from error


def summary_table(*cells: str | int) -> str:
    """A Markdown table of one run."""
    row = " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"\n| project | entry point | run | status | exit code |\n| --- | --- | --- | --- | --- |\n| {row} |\n"


def annotation(message: str) -> str:
    """A workflow command that GitHub shows as an error; its data must have %, CR and LF escaped."""
    data = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::error title=mlproj::{data}"


def junit_xml(*, uri: str, entry_point: str, failure: str | None) -> str:
    """A report with one test case, the run."""
    text = _printable(failure or "")
    body = "" if failure is None else f"<failure message={quoteattr(text)}>{escape(text)}</failure>"
    names = f"classname={quoteattr(_printable(uri))} name={quoteattr(_printable(entry_point))}"
    case = f"<testcase {names}>{body}</testcase>"
    counts = f'tests="1" failures="{int(failure is not None)}" errors="0"'
    suite = f'<testsuite name="mlproj" {counts}>{case}</testsuite>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>{suite}</testsuites>\n'


def _append(file: str | None, text: str) -> None:
    if file:
        try:
            with Path(file).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError as error:
            note(f"{file} cannot be written: {error.strerror}")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        note(f"{file} cannot be written: {error.strerror}")


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 has no place for."""
    return "".join(char for char in text if char in "\t\n\r" or ord(char) >= 32)  # noqa: PLR2004 - the first printable
