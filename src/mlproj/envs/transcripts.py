"""The log of what programs said while an environment was made."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from mlproj.envs.urls import without_credentials


def append(log: Path | None, argv: Sequence[str], output: str) -> None:
    """Add a command and what it printed, without credentials."""
    if log is None:
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {without_credentials(shlex.join(argv))}\n")
        if output.strip():
            file.write(f"{without_credentials(output.rstrip())}\n")
