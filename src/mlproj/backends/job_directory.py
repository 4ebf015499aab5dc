"""The files of a local job, by which any process of the machine can follow it and ask for its end."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mlproj.system.files import write_atomically
from mlproj.system.identity import ProcessIdentity, boot_id, hostname, is_alive, is_here, start_of, this_process

EXIT_CODE, CANCEL, PROCESS, SUPERVISOR = "exit_code", "cancel", "process.json", "supervisor.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFacts:
    """What another process can see of a job; what is alive is None if it belongs to another machine or boot.

    `supervised` tells whether the process lives that made the directory; None too if it left no word.
    """

    exit_code: int | None
    alive: bool | None
    supervised: bool | None
    end_requested: bool


def find(directory: Path) -> LocalFacts:
    """What is known of the job whose directory this is."""
    code = None
    with contextlib.suppress(OSError, ValueError):
        code = int((directory / EXIT_CODE).read_text())
    return LocalFacts(
        exit_code=code,
        alive=_lives(directory / PROCESS, otherwise=False),
        supervised=_lives(directory / SUPERVISOR, otherwise=None),
        end_requested=is_end_requested(directory),
    )


def request_end(directory: Path) -> None:
    """Ask the supervisor of a job, which may be another process, to end it."""
    (directory / CANCEL).touch()


def is_end_requested(directory: Path) -> bool:
    """Whether `request_end` was called for the job; its supervisor polls this."""
    return (directory / CANCEL).exists()


def record_process(directory: Path, pid: int) -> None:
    """Leave word of which process is the job's root."""
    identity = ProcessIdentity(host=hostname(), boot=boot_id(), pid=pid, started=start_of(pid) or "")
    write_atomically(directory / PROCESS, json.dumps(asdict(identity)))


def record_supervisor(directory: Path) -> None:
    """Leave word that this process looks after the job, long before there is one: its environment is built first."""
    write_atomically(directory / SUPERVISOR, json.dumps(asdict(this_process())))


def _lives(file: Path, *, otherwise: bool | None) -> bool | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        identity = ProcessIdentity(**json.loads(file.read_text()))
        return is_alive(identity) if is_here(identity) else None
    return otherwise
