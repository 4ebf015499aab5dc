"""`mlproj show`: what a project declares."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import print_json

if TYPE_CHECKING:
    from mlproj.project.model import EntryPoint, EnvDeclaration, Loaded, Parameter


@click.command()
@click.argument("uri", metavar="[PATH_OR_URI]", default=".")
@click.option("-e", "--entry-point", metavar="NAME", help="Show this entry point only.")
@click.option("-v", "--version", metavar="VERSION", help="A branch, tag or commit of a git repository.")
@json_option
def command(*, uri: str, entry_point: str | None, version: str | None, as_json: bool) -> None:
    """Print what a project declares: its name, environment, entry points and their parameters.

    \b
    Examples:
      mlproj show
      mlproj show https://host/team/project.git --version v1.2
      mlproj show . -e train --json
    """
    from mlproj.cli.project_argument import open_project

    with open_project(uri, version) as opened:
        _show(opened.root, entry_point, as_json=as_json)


def _show(root: Path, name: str | None, *, as_json: bool) -> None:
    from mlproj.project.loading import load

    loaded = load(root)
    _refuse_errors(loaded)
    entry_points = loaded.project.entry_points
    if name is not None:
        from mlproj.project.binding import find_entry_point

        entry_points = {name: find_entry_point(loaded, name)}
    if as_json:
        print_json(_describe(loaded, entry_points))
    else:
        _print(loaded, entry_points)


def _refuse_errors(loaded: "Loaded") -> None:
    """What only fails when it is run can be shown."""
    from mlproj.project.loading import to_error
    from mlproj.project.model import Severity

    for diagnostic in loaded.diagnostics:
        if diagnostic.severity is Severity.ERROR and not diagnostic.at_run:
            raise to_error(diagnostic)


def _describe(loaded: "Loaded", entry_points: Mapping[str, "EntryPoint"]) -> dict[str, object]:
    project = loaded.project
    return {
        "name": project.name,
        "root": str(project.root),
        "file": str(project.file) if project.file else None,
        "env": _describe_environment(project.environment),
        "entry_points": {name: _describe_entry_point(point) for name, point in entry_points.items()},
    }


def _describe_environment(environment: "EnvDeclaration") -> dict[str, object]:
    """A project that asks for nothing is of MLflow's kind python; `manager` says that it runs in the caller's own."""
    from mlproj.project.model import EnvKind

    nothing = environment.kind is EnvKind.LOCAL
    return {
        "kind": EnvKind.PYTHON if nothing else environment.kind,
        "file": str(environment.file) if environment.file else None,
        "declared": environment.declared,
        **({"manager": "local"} if nothing else {}),
        **({"docker": _plain(environment.docker)} if environment.docker else {}),
    }


def _describe_entry_point(entry_point: "EntryPoint") -> dict[str, object]:
    return {
        "command": entry_point.command,
        "description": entry_point.description,
        "timeout": entry_point.timeout,
        "parameters": {parameter.name: _describe_parameter(parameter) for parameter in entry_point.parameters},
        **{key: _plain(value) for key, value in entry_point.additions.items()},
    }


def _plain(value: object) -> object:
    """YAML has keys of any type, JSON has text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _describe_parameter(parameter: "Parameter") -> dict[str, object]:
    return {
        "type": parameter.type_text,
        "default": _shown_default(parameter),
        "required": parameter.default is None,
        "description": parameter.description,
        "choices": list(parameter.choices) or None,
        "min": parameter.minimum,
        "max": parameter.maximum,
        "pattern": parameter.pattern,
        "secret": parameter.secret,
        "log": parameter.log,
    }


def _shown_default(parameter: "Parameter") -> str | None:
    return "***" if parameter.secret and parameter.default is not None else parameter.default


def _print(loaded: "Loaded", entry_points: Mapping[str, "EntryPoint"]) -> None:
    project = loaded.project
    click.echo(f"name: {project.name or '-'}")
    click.echo(f"environment: {_environment_line(loaded)}")
    for entry_point in entry_points.values():
        click.echo("")
        click.echo(click.style(entry_point.name, bold=True) + _suffix(entry_point.description))
        click.echo(f"  $ {' '.join((entry_point.command or '(no command)').split())}")
        for parameter in entry_point.parameters:
            click.echo(f"  {_parameter_line(parameter)}")
    if not entry_points:
        click.echo("entry points: none declared; a script can be one: -e train.py")


def _environment_line(loaded: "Loaded") -> str:
    environment = loaded.project.environment
    if environment.docker:
        return f"docker, image {environment.docker.get('image')}"
    if environment.file is None:
        return "the caller's own (none is declared, so nothing is locked)"
    import os

    file = os.path.relpath(environment.file, loaded.project.root)
    return f"{environment.kind}, {file}{'' if environment.declared else ' (found, not declared)'}"


def _parameter_line(parameter: "Parameter") -> str:
    value = "required" if parameter.default is None else f"default {_shown_default(parameter)!r}"
    limits = [
        f"one of {', '.join(parameter.choices)}" if parameter.choices else "",
        f"min {parameter.minimum:g}" if parameter.minimum is not None else "",
        f"max {parameter.maximum:g}" if parameter.maximum is not None else "",
        f"pattern {parameter.pattern}" if parameter.pattern is not None else "",
        "secret" if parameter.secret else "",
        "" if parameter.log else "not logged",
    ]
    facts = "; ".join([value, *(limit for limit in limits if limit)])
    return f"{parameter.name}: {parameter.type_text} ({facts}){_suffix(parameter.description)}"


def _suffix(description: str | None) -> str:
    return f"  {' '.join(description.split())}" if description else ""
