"""What a command writes to its metrics files, logged: lines while it runs, and the rest when it is over."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mlproj.errors import DeclarationError
from mlproj.runner.live import LiveRun
from mlproj.runner.recording.declared_paths import declared_outputs
from mlproj.runner.recording.metrics_files import read_metrics
from mlproj.runner.recording.metrics_following import BATCH, FollowedFile, following, identity
from mlproj.system.clock import now_ms

_NAMED = 3

Followed = Mapping[Path, FollowedFile]


@contextmanager
def following_metrics(live: LiveRun, *, started_ns: int) -> Iterator[Followed]:
    """Log the lines of the declared metrics files as the command writes them."""
    with following(
        list(metrics_files(live).values()),
        lambda points: live.store.log_batch(live.run_id, metrics=points),
        started_ns=started_ns,
    ) as followed:
        yield followed


def log_metrics_files(live: LiveRun, followed: Followed, *, started_ns: int) -> None:
    """Log what is not logged yet; a file that is missing, older than `started_ns` or no JSON is said, no failure."""
    for declared, file in metrics_files(live).items():
        try:
            _log_rest(live, declared, followed[file], file, started_ns)
        except DeclarationError as error:
            live.reporter.note(str(error))


def metrics_files(live: LiveRun) -> Mapping[str, Path]:
    """The declared metrics files at their places."""
    binding, root = live.prepared.binding, live.prepared.project.root
    if not binding.entry_point.metrics_files:
        return {}
    paths = declared_outputs(binding)
    return {declared: root / paths[declared] for declared in binding.entry_point.metrics_files}


def _log_rest(live: LiveRun, declared: str, followed: FollowedFile, file: Path, started_ns: int) -> None:
    if _is_old(file, started_ns):
        live.reporter.note(f"the metrics file {declared!r} was not written by this run: nothing of it is logged")
        return
    points, odd = read_metrics(file, now=now_ms())
    if odd:
        shown = ", ".join(odd[:_NAMED]) + (", ..." if len(odd) > _NAMED else "")
        live.reporter.note(f"in the metrics file {declared!r} this is no metric: {shown}")
    known, missing = Counter(followed.logged), []
    for point in points:
        if known[identity(point)]:
            known[identity(point)] -= 1
        else:
            missing.append(point)
    for start in range(0, len(missing), BATCH):
        live.store.log_batch(live.run_id, metrics=missing[start : start + BATCH])
    if gone := known.total():
        live.reporter.note(
            f"the metrics file {declared!r} was written over while the command ran: {gone} points that are not in "
            "it any more stay logged"
        )


def _is_old(file: Path, started_ns: int) -> bool:
    try:
        return file.stat().st_mtime_ns < started_ns
    except OSError:
        return False  # reading it says what is wrong
