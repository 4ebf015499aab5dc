"""`mlproj runs`: look at runs, follow them, end them."""

import click

from mlproj.cli.lazy import LazyGroup

COMMANDS = {
    "list": ("mlproj.cli.runs.listing", "List runs, newest first."),
    "show": ("mlproj.cli.runs.show", "Show one run."),
    "compare": ("mlproj.cli.runs.compare", "Show runs side by side, differences marked."),
    "logs": ("mlproj.cli.runs.logs", "Print what a run's command printed."),
    "wait": ("mlproj.cli.runs.wait", "Wait until runs are over."),
    "attach": ("mlproj.cli.runs.attach", "Follow a run's output to its end."),
    "cancel": ("mlproj.cli.runs.cancel", "End a running run."),
    "delete": ("mlproj.cli.runs.delete", "Delete runs; `mlproj gc` makes it final."),
    "restore": ("mlproj.cli.runs.restore", "Undo a delete."),
}


@click.command(cls=LazyGroup, modules=COMMANDS)
def command() -> None:
    """Look at runs, follow them, end them. A run's id may be abbreviated."""
