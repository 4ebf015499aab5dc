"""The code of a run, as far as no remote has it, among the run's files."""

from dataclasses import replace

from mlproj.errors import MlprojError
from mlproj.record.values import Capture, NotRecorded, Source
from mlproj.runner.files import RunFiles
from mlproj.runner.live import LiveRun
from mlproj.runner.params import secret_values
from mlproj.source.capture.capturing import CaptureLimits, capture
from mlproj.source.capture.secret_files import secrets_of

REMOTE_SIZE = 20_000_000
REMOTE_FILES = 1_000
_NAMED = 5


def keep_code(live: LiveRun, files: RunFiles) -> Source:
    """Keep what has to be kept; gives the source that says where it is. What is not kept is said."""
    checkout, settings = live.prepared.checkout, live.settings
    source, facts = checkout.source, live.prepared.facts
    if facts is None:
        return source
    if not settings.capture:
        return replace(source, capture=_not_asked(source))
    size = settings.capture_limit
    limits = CaptureLimits(size=size)
    if files.is_remote:
        limits = CaptureLimits(size=min(size, REMOTE_SIZE), files=REMOTE_FILES)
    secrets = (*secret_values(live.prepared.binding.parameters), *secrets_of(settings.environ))
    try:
        found = capture(
            checkout,
            files.directory,
            settings=settings,
            limits=limits,
            secrets=secrets,
            tree=facts.tree,
            left_out=source.left_out,
        )
    except (MlprojError, OSError) as error:
        live.reporter.note(f"the code that no remote has could not be kept: {error}")
        return replace(source, capture=Capture(dropped=(NotRecorded(path=".", reason="unreadable"),)))
    if found is not None and found.dropped:
        live.reporter.note(_dropped(found, limits))
    return replace(source, capture=found)


def _not_asked(source: Source) -> Capture | None:
    """With --no-capture: what would have been needed is said to be missing."""
    needed = source.kind == "local" and (source.commit is None or source.dirty is not False)
    return Capture(dropped=(NotRecorded(path=".", reason="asked"),)) if needed else None


def _dropped(found: Capture, limits: CaptureLimits) -> str:
    texts = [f"{file.path} ({_reason(file.reason, limits)})" for file in found.dropped[:_NAMED]]
    more = f" and {len(found.dropped) - _NAMED} more" if len(found.dropped) > _NAMED else ""
    return f"not kept with the run, so that its code cannot be rebuilt from the record alone: {', '.join(texts)}{more}"


def _reason(reason: str, limits: CaptureLimits) -> str:
    if reason == "size":
        return f"size: at most {limits.size / 1e6:g} MB are kept, see capture_limit"
    return f"count: at most {limits.files} files are kept" if reason == "count" else reason
