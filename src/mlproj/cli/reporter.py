"""What the runner says, on standard error: a status line on a terminal, plain lines elsewhere."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.status import Status


class TerminalReporter:
    """A reporter whose progress is one line with a spinner; rich is imported with the first of it."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def note(self, text: str) -> None:
        self.clear()
        click.echo(f"mlproj: {text}", err=True)

    def progress(self, text: str) -> None:
        if self._status is None:
            from rich.console import Console
            from rich.markup import escape

            self._status = Console(stderr=True).status(escape(text))
            self._status.start()
        else:
            from rich.markup import escape

            self._status.update(escape(text))

    def clear(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


class PlainReporter:
    """A reporter for logs: each thing on a line, the same thing once."""

    def __init__(self) -> None:
        self._last = ""

    def note(self, text: str) -> None:
        click.echo(f"mlproj: {text}", err=True)

    def progress(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self.note(text)

    def clear(self) -> None:
        self._last = ""


def make_reporter() -> TerminalReporter | PlainReporter:
    """The reporter that suits standard error."""
    return TerminalReporter() if sys.stderr.isatty() else PlainReporter()
