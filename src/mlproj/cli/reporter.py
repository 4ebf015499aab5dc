"""What the runner says, on standard error: a status line on a terminal, plain lines elsewhere."""

import sys
from typing import TYPE_CHECKING

from mlproj.runner.reporting import PlainLines
from mlproj.system.stderr import say

if TYPE_CHECKING:
    from rich.status import Status
    from rich.text import Text

    from mlproj.runner.values import Reporter


class TerminalReporter:
    """A reporter whose progress is one line with a spinner; rich is imported with the first of it."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def note(self, text: str) -> None:
        self.clear()
        say(f"mlproj: {text}")

    def progress(self, text: str) -> None:
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(_one_line(text))
            self._status.start()
        else:
            self._status.update(_one_line(text))

    def clear(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _one_line(text: str) -> "Text":
    """Cut to the terminal's width: what wraps is not written over."""
    from rich.text import Text

    return Text(text, no_wrap=True, overflow="ellipsis")


def make_reporter() -> "Reporter":
    """The reporter that suits standard error."""
    return TerminalReporter() if sys.stderr is not None and sys.stderr.isatty() else PlainLines()
