"""`mlproj check`: what would not reproduce, before it runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import note, print_json

if TYPE_CHECKING:
    from mlproj.cli.project_argument import OpenedProject
    from mlproj.project.model import Diagnostic, Project
    from mlproj.runner.checks.findings import Finding


@click.command()
@click.argument("uri", metavar="[PATH_OR_URI]", default=".")
@click.option("-v", "--version", metavar="VERSION", help="A branch, tag or commit of a git repository.")
@click.option("--fix", "wants_fix", is_flag=True, help="Put right what needs no decision: lock, python, hashes, seed.")
@click.option("--strict", is_flag=True, help="Fail if anything is found.")
@json_option
def command(*, uri: str, version: str | None, wants_fix: bool, strict: bool, as_json: bool) -> int:
    """Say what of a project would not reproduce, each with its fix; `mlproj validate` is part of it.

    Unlocked packages, a Python version that is not pinned, a floating image tag, changes that are not committed or
    pushed, a branch instead of a commit in CI, absolute paths and network use in commands, inputs without a hash, no
    seed, nothing declared to compare. What --fix cannot change by itself is named with its place and what to write.

    Ends with 2 if the MLproject file has an error, with --strict with 1 if anything is found.

    \b
    Examples:
      mlproj check
      mlproj check . --fix
      mlproj check https://host/team/project.git --version v1.2 --strict --json
    """
    from mlproj.cli.project_argument import open_project
    from mlproj.cli.validate import examine_opened, print_diagnostics
    from mlproj.config import load_settings
    from mlproj.errors import UsageError
    from mlproj.project.loading import load
    from mlproj.runner.checks.checking import check_project

    if wants_fix and (version is not None or not Path(uri).exists()):
        raise UsageError("--fix changes files, so it needs a directory of yours", where=uri)
    settings = load_settings()
    with open_project(uri, version) as opened:
        diagnostics = examine_opened(opened)
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        findings: tuple[Finding, ...] = ()
        fixed: list[str] = []
        if not errors:
            project = load(opened.root).project
            findings = check_project(project, settings=settings, version=version)
            if wants_fix:
                fixed = _fix(findings, project)
                findings = check_project(load(opened.root).project, settings=settings, version=version)
        if as_json:
            _print_json(opened, diagnostics, findings, fixed)
        else:
            print_diagnostics(opened, diagnostics)
            if errors:
                click.echo("what would not reproduce can be said once the file has no errors")
            else:
                _print_findings(findings, fixed)
    return 2 if errors else int(strict and bool(findings or diagnostics))


def _fix(findings: "tuple[Finding, ...]", project: "Project") -> list[str]:
    """The lock comes last: it locks what the other fixes have left."""
    from mlproj.cli.reporter import make_reporter
    from mlproj.config import load_settings
    from mlproj.errors import MlprojError
    from mlproj.runner.checks.findings import Check
    from mlproj.runner.checks.fixing import fix

    settings, reporter, said = load_settings(), make_reporter(), []
    try:
        for finding in sorted(findings, key=lambda finding: finding.check is Check.LOCK):
            try:
                text = fix(finding, project, settings=settings, reporter=reporter)
            except MlprojError as error:
                note(f"not fixed: {finding.message}: {error}")
                continue
            if text is not None:
                said.append(text)
    finally:
        reporter.clear()
    return said


def _print_findings(findings: "tuple[Finding, ...]", fixed: list[str]) -> None:
    """What is the same for several entry points is said once."""
    for text in fixed:
        click.echo(f"fixed: {text}")
    places: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        found = places.setdefault((finding.check, finding.message, finding.fix), [])
        found += [finding.entry_point] if finding.entry_point else []
    for (check, message, fix), names in places.items():
        place = f"entry point{'s' * (len(names) > 1)} {', '.join(names)}: " if names else ""
        click.echo(" ".join(f"{check}: {place}{message} ({fix})".split()))
    number = len(places)
    things = "thing that may" if number == 1 else "things that may"
    click.echo(f"{number} {things} not reproduce" if number else "nothing found that would not reproduce")


def _print_json(
    opened: "OpenedProject", diagnostics: "tuple[Diagnostic, ...]", findings: "tuple[Finding, ...]", fixed: list[str]
) -> None:
    from mlproj.cli.validate import diagnostic_as_json
    from mlproj.runner.checks.findings import FIXABLE

    print_json(
        {
            "diagnostics": [diagnostic_as_json(opened, diagnostic) for diagnostic in diagnostics],
            "findings": [
                {
                    "check": str(finding.check),
                    "entry_point": finding.entry_point,
                    "message": finding.message,
                    "fix": finding.fix,
                    "fixable": finding.check in FIXABLE,
                }
                for finding in findings
            ],
            "fixed": fixed,
        }
    )
