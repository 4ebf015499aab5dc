"""Whether a running run still has somebody who looks after it. Pure: the facts of this machine are arguments."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlproj.system.identity import ProcessIdentity
from mlproj.tracking.entities import Run, RunStatus

SUPERVISOR_TAG = "mlproj.supervisor"
HEARTBEAT_TAG = "mlproj.heartbeat"
END_REASON_TAG = "mlproj.end_reason"
LOST = "lost"
HEARTBEAT_EVERY_MS = 30_000
STALE_AFTER_MS = 5 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """The process that looks after a run, and when it last said so."""

    process: ProcessIdentity
    heartbeat_ms: int


def tags_of(supervisor: Supervisor) -> dict[str, str]:
    """The tags that tell every later process who supervises a run."""
    process = supervisor.process
    identity = {"host": process.host, "boot": process.boot, "pid": process.pid, "started": process.started}
    return {SUPERVISOR_TAG: json.dumps(identity), HEARTBEAT_TAG: str(supervisor.heartbeat_ms)}


def supervisor_of(tags: Mapping[str, str]) -> Supervisor | None:
    """The supervisor that tags name; None if there is none, or none that can be read."""
    try:
        identity = json.loads(tags[SUPERVISOR_TAG])
        process = ProcessIdentity(
            host=str(identity["host"]),
            boot=str(identity["boot"]),
            pid=int(identity["pid"]),
            started=str(identity["started"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return Supervisor(process=process, heartbeat_ms=_whole_number(tags.get(HEARTBEAT_TAG, "")))


def is_lost(
    run: Run,
    *,
    now_ms: int,
    host: str,
    here: Callable[[ProcessIdentity], bool],
    alive: Callable[[ProcessIdentity], bool],
) -> bool:
    """Whether a run that mlproj supervised goes on without its supervisor.

    On this host and boot the process itself is asked for; after a reboot of this host it is gone; on another host the
    heartbeat must be fresh.
    """
    if run.status is not RunStatus.RUNNING or (supervisor := supervisor_of(run.tags)) is None:
        return False
    if here(supervisor.process):
        return not alive(supervisor.process)
    if supervisor.process.host == host:
        return True
    return now_ms - (supervisor.heartbeat_ms or run.start_time) > STALE_AFTER_MS


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0  # noqa: PLR2004 - beyond any clock
