"""Whether a running run still has somebody who looks after it. Pure: the facts of this machine are arguments."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from mlproj.system.identity import ProcessIdentity
from mlproj.tracking.entities import Run, RunStatus

SUPERVISOR_TAG = "mlproj.supervisor"
HEARTBEAT_TAG = "mlproj.heartbeat"
END_REASON_TAG = "mlproj.end_reason"
EXIT_CODE_TAG = "mlproj.exit_code"
LOST = "lost"
HEARTBEAT_EVERY_MS = 30_000
STALE_AFTER_MS = 5 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """The process that looks after a run, and when (UTC milliseconds) it last said so."""

    identity: ProcessIdentity
    heartbeat: int

    def to_tags(self) -> dict[str, str]:
        """The tags that tell every later process who supervises a run."""
        return {SUPERVISOR_TAG: json.dumps(asdict(self.identity)), HEARTBEAT_TAG: str(self.heartbeat)}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> "Supervisor | None":
        """The supervisor that tags name; None if there is none, or none that can be read."""
        try:
            found = json.loads(tags[SUPERVISOR_TAG])
            identity = ProcessIdentity(
                host=str(found["host"]),
                boot=str(found["boot"]),
                pid=int(found["pid"]),
                started=str(found["started"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return None
        return cls(identity=identity, heartbeat=_whole_number(tags.get(HEARTBEAT_TAG, "")))


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
    if run.status is not RunStatus.RUNNING or (supervisor := Supervisor.from_tags(run.tags)) is None:
        return False
    if here(supervisor.identity):
        return not alive(supervisor.identity)
    if supervisor.identity.host == host:
        return True
    return now_ms - (supervisor.heartbeat or run.start_time) > STALE_AFTER_MS


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0  # noqa: PLR2004 - beyond any clock
