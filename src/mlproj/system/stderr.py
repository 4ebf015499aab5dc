"""Standard error, which may be closed, full, or read by nobody."""

import sys
from contextlib import suppress


def say(line: str) -> None:
    """Write a line; nothing depends on whether it arrives."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # ValueError: closed
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
