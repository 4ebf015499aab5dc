"""`mlproj validate`: everything that is wrong with a project's MLproject file."""

from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import print_json

if TYPE_CHECKING:
    from mlproj.cli.project_argument import OpenedProject
    from mlproj.project.model import Diagnostic


@click.command()
@click.argument("uri", metavar="[PATH_OR_URI]", default=".")
@click.option("-v", "--version", metavar="VERSION", help="A branch, tag or commit of a git repository.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@json_option
def command(*, uri: str, version: str | None, strict: bool, as_json: bool) -> int:
    """Check a project's MLproject file: errors and warnings, each with its place and what to do.

    Ends with exit code 2 if there is an error (with --strict: or a warning).

    \b
    Examples:
      mlproj validate
      mlproj validate path/to/project --strict
      mlproj validate https://host/team/project.git --version v1.2 --json
    """
    from mlproj.cli.project_argument import open_project

    with open_project(uri, version) as opened:
        diagnostics = examine_opened(opened)
        if as_json:
            _print_json(opened, diagnostics)
        else:
            print_diagnostics(opened, diagnostics)
    errors, warnings = _count(diagnostics)
    return 2 if errors or (strict and warnings) else 0


def examine_opened(opened: "OpenedProject") -> tuple["Diagnostic", ...]:
    """Everything that is wrong with a project's file, and that there is none."""
    from mlproj.project.loading import examine
    from mlproj.project.model import Diagnostic, Severity

    loaded = examine(opened.root)
    if isinstance(loaded, Diagnostic):
        return (loaded,)
    if loaded.project.file is not None:
        return loaded.diagnostics
    nothing = Diagnostic(
        severity=Severity.WARNING,
        message="there is no MLproject file",
        hint="without one only scripts can be run, as -e train.py",
        file=loaded.project.root,
    )
    return (*loaded.diagnostics, nothing)


def _count(diagnostics: tuple["Diagnostic", ...]) -> tuple[int, int]:
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    return errors, len(diagnostics) - errors


def print_diagnostics(opened: "OpenedProject", diagnostics: tuple["Diagnostic", ...]) -> None:
    """One line for each, and how many there are."""
    for diagnostic in diagnostics:
        place = f":{diagnostic.line}:{diagnostic.column}" if diagnostic.line else ""
        hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
        text = f"{opened.name(diagnostic.file)}{place}: {diagnostic.severity}: {diagnostic.message}{hint}"
        click.echo(" ".join(text.split()))
    errors, warnings = _count(diagnostics)
    click.echo(f"{_plural(errors, 'error')}, {_plural(warnings, 'warning')}")


def _plural(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def _print_json(opened: "OpenedProject", diagnostics: tuple["Diagnostic", ...]) -> None:
    errors, warnings = _count(diagnostics)
    listed = [diagnostic_as_json(opened, diagnostic) for diagnostic in diagnostics]
    print_json({"errors": errors, "warnings": warnings, "diagnostics": listed})


def diagnostic_as_json(opened: "OpenedProject", diagnostic: "Diagnostic") -> dict[str, object]:
    """A diagnostic as data."""
    return {
        "file": opened.name(diagnostic.file),
        "line": diagnostic.line or None,
        "column": diagnostic.column or None,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "entry_point": diagnostic.entry_point,
    }
