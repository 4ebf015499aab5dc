"""The marker that says that an environment is whole; what has none is rubbish."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mlproj.system.files import write_atomically

NAME = "mlproj-environment.json"
USERS = "mlproj-projects.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What an environment was built from. `created` is in UTC milliseconds, `seconds` is how long it took.

    `manager` is virtualenv or conda; `python` is empty for an environment without one.
    """

    key: str
    python: str
    interpreter: str
    installer: str
    lock_hash: str
    lock: str = field(repr=False)
    root: str
    created: int
    seconds: float
    manager: str = "virtualenv"


def read_marker(prefix: Path) -> Marker | None:
    """The marker of an environment; None if it has none that can be read."""
    try:
        return Marker(**json.loads((prefix / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_marker(prefix: Path, marker: Marker) -> None:
    """The last step of a build."""
    write_atomically(prefix / NAME, json.dumps(asdict(marker), ensure_ascii=False))


def touch(prefix: Path, user: Path | None = None) -> None:
    """Note that the environment was used now, by the project `user`; a cache on read-only ground is still of use."""
    try:
        os.utime(prefix / NAME)
        known = users(prefix)
        if user is not None and str(user) not in known:
            write_atomically(prefix / USERS, json.dumps([*known, str(user)], ensure_ascii=False))
    except OSError:
        return


def users(prefix: Path) -> tuple[str, ...]:
    """The projects that have used the environment, the first one first."""
    try:
        found = json.loads((prefix / USERS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(str(root) for root in found) if isinstance(found, list) else ()


def last_use(prefix: Path) -> float:
    """When the environment was used last, in seconds."""
    return (prefix / NAME).stat().st_mtime
