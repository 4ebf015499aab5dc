"""What the runner says, on standard error: a status line on a terminal, plain lines elsewhere."""

import sys
from typing import TYPE_CHECKING

from mlproj.runner.reporting import PlainLines
from mlproj.system.stderr import say

if TYPE_CHECKING:
    from rich.status import Status

    from mlproj.runner.values import Reporter


class TerminalReporter:
    """A reporter whose progress is one line with a spinner; rich is imported with the first of it."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def note(self, text: str) -> None:
        self.clear()
        say(f"mlproj: {text}")

    def progress(self, text: str) -> None:
        from rich.console import Console
        from rich.text import Text

        line = Text(text)
        # What wraps is not written over: cut to the terminal's width, less the spinner.
        line.truncate(Console(stderr=True).width - 4, overflow="ellipsis")
        if self._status is None:
            self._status = Console(stderr=True).status(line)
            self._status.start()
        else:
            self._status.update(line)

    def clear(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def make_reporter() -> "Reporter":
    """The reporter that suits standard error."""
    return TerminalReporter() if sys.stderr is not None and sys.stderr.isatty() else PlainLines()
