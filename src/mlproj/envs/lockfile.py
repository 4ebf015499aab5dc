"""Lock files of our own: TOML, one table for each kind, platform and python."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from mlproj.envs.texts import read_text
from mlproj.envs.values import Lock
from mlproj.errors import EnvironmentSpecError, LockTooNewError
from mlproj.project.model import EnvKind

NAME = "MLproject.lock"
VERSION = 1
_HEAD = "# Written by 'mlproj lock': exact versions and hashes. Commit it; edits are lost.\n"
_FIELDS = ("kind", "platform", "python", "format", "spec_hash")


def payload_hash(payload: str) -> str:
    """What an environment's key is made of."""
    return hashlib.sha256(payload.encode()).hexdigest()


def read_locks(file: Path, *, origin: str) -> tuple[Lock, ...]:
    """All locks of a file; none if there is no such file. Raises EnvironmentSpecError for what is no lock file."""
    if not file.exists():
        return ()
    try:
        table = tomllib.loads(read_text(file))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _broken(file, str(error)) from error
    version = table.get("version")
    if isinstance(version, int) and version > VERSION:
        raise LockTooNewError(
            f"was written by a newer mlproj (version {version})",
            where=str(file),
            hint="upgrade mlproj, or remove the file and run 'mlproj lock'",
        )
    entries = table.get("lock", [])
    if version != VERSION or not isinstance(entries, list):
        raise _broken(file, "it has no version or no locks")
    return tuple(_read_entry(entry, file, origin) for entry in entries)


def _read_entry(entry: object, file: Path, origin: str) -> Lock:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in (*_FIELDS, "payload")):
        raise _broken(file, f"a lock needs the keys {', '.join((*_FIELDS, 'payload'))}")
    if entry["kind"] not in set(EnvKind):
        raise _broken(file, f"unknown kind {entry['kind']!r}")
    return Lock(
        kind=EnvKind(entry["kind"]),
        platform=entry["platform"],
        python=entry["python"],
        format=entry["format"],
        spec_hash=entry["spec_hash"],
        payload=entry["payload"],
        hash=payload_hash(entry["payload"]),
        origin=origin,
    )


def _broken(file: Path, reason: str) -> EnvironmentSpecError:
    return EnvironmentSpecError(f"is no lock file: {reason}", where=str(file), hint="write it anew with 'mlproj lock'")


def write_locks(file: Path, locks: Iterable[Lock]) -> None:
    """Write a lock file whole, sorted, so that it differs only where a lock does."""
    from mlproj.system.files import write_atomically

    parts = [_HEAD, f"version = {VERSION}\n"]
    for lock in sorted(locks, key=lambda lock: (lock.kind, lock.platform, lock.python)):
        fields = "".join(f"{name} = {_text(str(getattr(lock, name)))}\n" for name in _FIELDS)
        parts.append(f"\n[[lock]]\n{fields}payload = {_block(lock.payload)}\n")
    write_atomically(file, "".join(parts))


def merge(old: Iterable[Lock], new: Iterable[Lock]) -> tuple[Lock, ...]:
    """New locks in the place of old ones for the same kind, platform and python."""
    table = {(lock.kind, lock.platform, lock.python): lock for lock in (*old, *new)}
    return tuple(table.values())


def _block(text: str) -> str:
    """A literal block where one can hold the text, so that a lock reads and diffs well."""
    if "'''" in text or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
        return _text(text)
    return f"'''\n{text}'''"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
