"""Reporters that need no terminal: nothing at all, and plain lines."""

import re

from mlproj.system.stderr import say

CHANGING = re.compile(r"[0-9a-f]{7,}|[0-9]+([.,][0-9]+)*")


class Silence:
    """For callers that want to hear nothing."""

    def note(self, text: str) -> None: ...

    def progress(self, text: str) -> None: ...

    def clear(self) -> None: ...


class PlainLines:
    """For logs: each thing on a line of standard error, and progress once, without its percentages."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def note(self, text: str) -> None:
        say(f"mlproj: {text}")

    def progress(self, text: str) -> None:
        kind = CHANGING.sub("0", text)
        if kind not in self._seen and not text.startswith(" ") and "%" not in text:
            self._seen.add(kind)
            self.note(text)

    def clear(self) -> None:
        """Nothing is ever written over."""
