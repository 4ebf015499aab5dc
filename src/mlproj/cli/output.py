"""How commands print: JSON for programs, plain tables that fit 80 columns for people."""

import json
import re
import shutil
import sys
from collections.abc import Sequence

import click

from mlproj.system.stderr import say

_NO_TEXT = re.compile("[\ud800-\udfff]")


def print_json(value: object) -> None:
    """Print a value as JSON: indented on a terminal, with unicode as it is.

    What stands for bytes that are no text, as in names of files, is escaped: it is nothing that UTF-8 has.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    click.echo(_NO_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the widest columns are cut with `…` until the line fits the terminal.

    Through a pipe nothing is cut, so that `grep` and `awk` see whole values.
    """
    table = [list(headings), *([" ".join(cell.split()) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    if sys.stdout.isatty():
        widths = _fit(widths, shutil.get_terminal_size((80, 24)).columns)
    for number, row in enumerate(table):
        line = "  ".join(_cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def size_text(size: int) -> str:
    """Bytes as people read them, in decimal units."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004 - the next unit
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def note(text: str) -> None:
    """Print a remark for people on standard error."""
    say(f"mlproj: {text}")


def _fit(widths: list[int], room: int) -> list[int]:
    widths = list(widths)
    while sum(widths) + 2 * (len(widths) - 1) > room and max(widths) > 8:  # noqa: PLR2004 - narrower says nothing
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"
