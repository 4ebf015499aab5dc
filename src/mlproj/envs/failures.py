"""An installer's failure as one line, with what matters of its own words below."""

import re
from typing import TYPE_CHECKING

from mlproj.envs.urls import without_credentials
from mlproj.errors import BuildError, ProgramFailedError, ResolveError

if TYPE_CHECKING:
    from mlproj.envs.python.installer import Task
    from mlproj.envs.python.pip_config import IndexSettings

_LINES = 25
_ERROR = re.compile(r"\W*error", re.IGNORECASE)
_NOISE = ("Resolved ", "Using Python ", "Using CPython ", "warning: Failed to hardlink", "DEBUG", "Prepared ", " + ")


def resolve_error(error: ProgramFailedError, task: "Task", indexes: "IndexSettings") -> ResolveError:
    """No set of packages was found."""
    where = str(task.spec.file or task.spec.root)
    return ResolveError(
        "the requirements cannot be resolved",
        where=where,
        hint=_hint(error, indexes),
        detail=what_matters(error),
        log=task.log,
    )


def build_error(error: ProgramFailedError, task: "Task", indexes: "IndexSettings") -> BuildError:
    """The lock was not installed."""
    return BuildError(
        "the environment cannot be built",
        where=str(task.spec.file or task.spec.root),
        hint=_hint(error, indexes),
        detail=what_matters(error),
        log=task.log,
    )


def what_matters(error: ProgramFailedError) -> str:
    """The program's own message without its chatter, from where the error starts, and not endless."""
    text = without_credentials(error.stderr.strip() or error.stdout.strip())
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith(_NOISE)]
    first = next((number for number, line in enumerate(lines) if _ERROR.match(line)), 0)
    lines = lines[first:]
    if len(lines) > _LINES:
        left = len(lines) - _LINES
        lines = [*lines[: _LINES // 2], f"[… {left} lines left out]", *lines[-(_LINES - _LINES // 2) :]]
    return "\n".join(lines)


def _hint(error: ProgramFailedError, indexes: "IndexSettings") -> str | None:
    text = f"{error.stderr}{error.stdout}".lower()
    if "no space left" in text:
        return "the disk is full: free some space, see 'mlproj env gc'"
    if indexes.untranslated:
        return f"uv does not know pip's {', '.join(indexes.untranslated)}; try --installer pip"
    if "url dependencies must be" in text:
        return "pip takes such requirements: try --installer pip"
    if "pre-release" in text and "enabled" in text:
        return "write --pre among the requirements, or name the pre-release's version"
    if any(word in text for word in ("dns error", "failed to fetch", "connection refused", "error sending request")):
        return "is the package index within reach?"
    return None
