"""What `mlproj server` was asked for, as one value."""

from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
PORT = 5000
GRACE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """`store` and `artifacts` as they were given, None for the store that `mlproj run` writes.

    `allowed_hosts` come on top of the names that a server answers to anyway. `access_log` is a file, or `-` for
    standard error. `grace` is how many seconds requests have to end when the server stops.
    """

    host: str = LOOPBACK
    port: int = PORT
    store: str | None = None
    artifacts: str | None = None
    serve_artifacts: bool = True
    static_prefix: str = ""
    allowed_hosts: tuple[str, ...] = ()
    auth: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    access_log: str | None = None
    workers: int = 1
    grace: float = GRACE
