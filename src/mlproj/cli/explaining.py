"""Causes as people read them."""

from collections.abc import Sequence

import click

from mlproj.cli.runs.presenting import one_line
from mlproj.record.causes import Cause


def print_causes(found: Sequence[Cause], *, lines: int | None) -> None:
    """One line for each cause, numbered by rank; of the code's difference the first `lines` lines (None: all)."""
    if not found:
        click.echo(
            "no difference is recorded: the result depends on something that no record has (time, chance, order)"
        )
    for rank, cause in enumerate(found, 1):
        click.echo(f"{rank:>3}. {one_line(cause.text)}")
        _print_detail(cause.detail, lines)


def _print_detail(detail: str | None, lines: int | None) -> None:
    if not detail:
        return
    listed = detail.splitlines()
    for line in listed if lines is None else listed[:lines]:
        click.echo(f"       {one_line(line)}")
    if lines is not None and len(listed) > lines:
        click.echo(f"       and {len(listed) - lines} more lines (--full)")
