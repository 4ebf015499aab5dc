"""`--as-of`: a date, or a commit of the project that stands for its date."""

import re
from collections.abc import Mapping
from pathlib import Path

from mlproj.errors import MlprojError, UsageError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")


def as_date(text: str, *, root: Path, environ: Mapping[str, str]) -> str:
    """The moment as RFC 3339 in UTC; a date means the whole day. Raises UsageError."""
    from datetime import UTC, datetime

    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
            return f"{text}T23:59:59Z"
        moment = datetime.fromisoformat(text if _TIME.fullmatch(text) else _commit_date(text, root, environ))
    except ValueError as error:
        raise UsageError(
            f"--as-of: not a date: {text!r}", hint="write 2024-05-01, or a commit of the project"
        ) from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _commit_date(commit: str, root: Path, environ: Mapping[str, str]) -> str:
    from mlproj.system.processes import run_program

    wrong = UsageError(f"--as-of: neither a date nor a commit of {root}: {commit!r}", hint="as in --as-of 2024-05-01")
    if not commit or commit.startswith("-"):
        raise wrong
    try:
        done = run_program(
            ["git", "-c", "safe.directory=*", "log", "-1", "--format=%cI", f"{commit}^{{commit}}", "--"],
            environ=environ,
            cwd=root,
        )
    except MlprojError as error:
        raise wrong from error
    return done.stdout.strip()
