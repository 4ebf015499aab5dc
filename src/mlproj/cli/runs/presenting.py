"""Runs as JSON, times and durations as people read them. Pure."""

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlproj.tracking.entities import Metric, Run

_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of control characters, lone surrogates, and separators of lines and paragraphs."""


def own_metrics(run: "Run") -> dict[str, "Metric"]:
    """The metrics without those of the machine, which tell nothing of the result."""
    return {key: metric for key, metric in run.metrics.items() if not key.startswith("system/")}


def run_as_json(run: "Run") -> dict[str, object]:
    """A run as data; not-a-number metrics are the text `NaN`, since JSON has no such number."""
    return {
        "run_id": run.run_id,
        "run_name": run.run_name,
        "experiment_id": run.experiment_id,
        "status": str(run.status),
        "start_time": run.start_time,
        "end_time": run.end_time,
        "lifecycle_stage": str(run.lifecycle_stage),
        "artifact_uri": run.artifact_uri,
        "params": dict(run.params),
        "metrics": {key: "NaN" if math.isnan(metric.value) else metric.value for key, metric in run.metrics.items()},
        "tags": dict(run.tags),
    }


def one_line(text: str) -> str:
    """A text with its control characters (line breaks, what moves the cursor) as escapes."""
    import unicodedata

    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNSEEN else char for char in text
    )


def time_text(milliseconds: int) -> str:
    """Local time, to the minute."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def duration_text(start: int, end: int | None) -> str:
    """How long something took, with one unit below the largest."""
    if end is None:
        return ""
    seconds = max(0, end - start) / 1000
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s"
