"""What a CI service reads after a run: GitHub's outputs, summary and annotations; a JUnit report anywhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import click

if TYPE_CHECKING:
    from mlproj.errors import MlprojError
    from mlproj.runner.values import Outcome


def report(
    environ: Mapping[str, str],
    *,
    uri: str,
    entry_point: str,
    junit: Path | None,
    outcome: "Outcome | None" = None,
    error: "MlprojError | None" = None,
) -> None:
    """Write what the job's variables and `--junit` ask for. `error` is what kept the run from being created."""
    failure = error or (outcome.error if outcome else None)
    if environ.get("GITHUB_ACTIONS"):
        if outcome is not None:
            _append(environ.get("GITHUB_OUTPUT"), f"run_id={outcome.run_id}\nstatus={outcome.status}\n")
            _append(environ.get("GITHUB_STEP_SUMMARY"), summary_table(outcome, uri=uri, entry_point=entry_point))
        if message := _failure_text(outcome, failure):
            click.echo(annotation(message))
    if junit is not None:
        message = _failure_text(outcome, failure)
        junit.write_text(junit_xml(uri=uri, entry_point=entry_point, failure=message), encoding="utf-8")


def summary_table(outcome: "Outcome", *, uri: str, entry_point: str) -> str:
    """A Markdown table of one run."""
    cells = (uri, entry_point, f"`{outcome.run_id}`", outcome.status, str(outcome.exit_code))
    row = " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"\n| project | entry point | run | status | exit code |\n| --- | --- | --- | --- | --- |\n| {row} |\n"


def annotation(message: str) -> str:
    """A workflow command that GitHub shows as an error; its data must have %, CR and LF escaped."""
    data = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::error title=mlproj::{data}"


def junit_xml(*, uri: str, entry_point: str, failure: str | None) -> str:
    """A report with one test case, the run."""
    body = (
        ""
        if failure is None
        else f"<failure message={quoteattr(_printable(failure))}>{escape(_printable(failure))}</failure>"
    )
    case = (
        f"<testcase classname={quoteattr(_printable(uri))} name={quoteattr(_printable(entry_point))}>{body}</testcase>"
    )
    counts = f'tests="1" failures="{int(failure is not None)}" errors="0"'
    suite = f'<testsuite name="mlproj" {counts}>{case}</testsuite>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>{suite}</testsuites>\n'


def _failure_text(outcome: "Outcome | None", error: "MlprojError | None") -> str | None:
    if error is not None:
        return str(error)
    if outcome is not None and outcome.exit_code:
        return f"run {outcome.run_id} ended {outcome.status} with exit code {outcome.exit_code} ({outcome.end_reason})"
    return None


def _append(file: str | None, text: str) -> None:
    if file:
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(text)


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 has no place for."""
    return "".join(char for char in text if char in "\t\n\r" or ord(char) >= 32)  # noqa: PLR2004 - the first printable
