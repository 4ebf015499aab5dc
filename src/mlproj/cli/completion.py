"""Completion: the shell's script, and what the project at hand declares."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from mlproj.project.model import Project

SHELLS = ("bash", "zsh", "fish")


def complete_entry_points(ctx: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Names of the project's entry points."""
    from click.shell_completion import CompletionItem

    project = _project(ctx)
    if project is None:
        return []
    return [
        CompletionItem(name, help=entry_point.description)
        for name, entry_point in project.entry_points.items()
        if name.startswith(incomplete)
    ]


def complete_parameters(ctx: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """`NAME=` for each parameter of the entry point, then its choices."""
    from click.shell_completion import CompletionItem

    project = _project(ctx)
    entry_point = project and project.entry_points.get(ctx.params.get("entry_point") or "main")
    if not entry_point:
        return []
    items: list[CompletionItem] = []
    for parameter in entry_point.parameters:
        if incomplete.startswith(f"{parameter.name}="):
            items += [CompletionItem(f"{parameter.name}={choice}") for choice in parameter.choices]
        else:
            items.append(CompletionItem(f"{parameter.name}=", help=parameter.description))
    return [item for item in items if item.value.startswith(incomplete)]


def _project(ctx: click.Context) -> "Project | None":
    """The project on the command line so far, else in this directory; None if there is none that loads."""
    from pathlib import Path

    from mlproj.errors import MlprojError
    from mlproj.project.loading import load

    # While an option is incomplete, click leaves the words before it in `args`.
    given = ctx.params.get("uri") or next((word for word in ctx.args if not word.startswith("-")), None)
    try:
        return load(Path(given or ".")).project
    except (MlprojError, OSError):
        return None


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      eval "$(mlproj completion bash)"
      mlproj completion fish > ~/.config/fish/completions/mlproj.fish
    """
    from click.shell_completion import get_completion_class

    from mlproj.cli.app import program

    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError(shell)
    click.echo(kind(program, {}, "mlproj", "_MLPROJ_COMPLETE").source())
