"""Containers whose supervisor died with all that it had left to end them: found by their labels, and ended."""

import contextlib
import json
from pathlib import Path
from typing import Any

from mlproj.backends.container_creation import DIRECTORY_LABEL, OWNER_LABEL
from mlproj.backends.job_directory import find
from mlproj.system.identity import ProcessIdentity, hostname, is_alive, is_here


def end_lost(client: Any, *, dry_run: bool = False) -> tuple[str, ...]:
    """End and remove what nobody looks after, or only look with `dry_run`; gives the ids.

    An engine that does not answer is no reason to fail.
    """
    ended = []
    with contextlib.suppress(Exception):
        for facts in client.containers(all=True, filters={"label": OWNER_LABEL}):
            if is_lost(facts.get("Labels") or {}):
                if not dry_run:
                    client.remove_container(facts["Id"], force=True, v=True)
                ended.append(str(facts["Id"]))
    return tuple(ended)


def is_lost(labels: dict[str, str]) -> bool:
    """Whether a container's supervisor was of this machine and is gone, and so is the shim, which may still end it."""
    try:
        owner = ProcessIdentity(**json.loads(labels[OWNER_LABEL]))
    except (KeyError, TypeError, ValueError):
        return False
    if owner.host != hostname():
        return False
    if not is_here(owner):
        return True
    return not is_alive(owner) and not find(Path(labels.get(DIRECTORY_LABEL, ""))).alive
