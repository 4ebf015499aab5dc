"""Jobs on this machine: a shim of ours leads the job's session, and ends it if this process dies."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mlproj.backends.base import Job
from mlproj.backends.local_job import LocalJobHandle
from mlproj.backends.streams import Streams
from mlproj.errors import BackendError
from mlproj.system.files import make_directory, write_atomically
from mlproj.system.identity import ProcessIdentity, boot_id, hostname, is_alive, is_here, start_of

SHIM = Path(__file__).with_name("shim.py")
INTERPRETER = (sys.executable, "-I", "-S")
EXIT_CODE, CANCEL, PROCESS = "exit_code", "cancel", "process.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFacts:
    """What another process can see of a job; `alive` is None if it belongs to another machine or boot."""

    exit_code: int | None
    alive: bool | None
    end_requested: bool


class LocalBackend:
    """Runs commands with `bash -c` (`sh` where there is no bash).

    `patience` is the seconds between terminating and killing, `linger` what a command's background processes get
    after it ended by itself.
    """

    name = "local"

    def __init__(self, *, interpreter: Sequence[str] = INTERPRETER, patience: float = 5.0, linger: float = 1.0) -> None:
        self.interpreter = tuple(interpreter)
        self.patience = patience
        self.linger = linger

    def submit(self, job: Job) -> LocalJobHandle:
        """Start the job. Raises BackendError."""
        spec = self._spec(job)
        make_directory(job.directory)
        (job.directory / EXIT_CODE).unlink(missing_ok=True)
        handle = self._start(job, spec)
        identity = ProcessIdentity(host=hostname(), boot=boot_id(), pid=handle.pid, started=start_of(handle.pid) or "")
        write_atomically(job.directory / PROCESS, json.dumps(asdict(identity)))
        return handle

    def _spec(self, job: Job) -> bytes:
        environ = {"PYTHONUNBUFFERED": "1", **job.environ} if not job.terminal else job.environ
        shell = shutil.which("bash") or shutil.which("sh") or "/bin/sh"
        exit_file = os.path.abspath(job.directory / EXIT_CODE)  # noqa: PTH100 - resolving links is not wanted
        settings = (job.grace, self.patience, self.linger, int(job.terminal))
        words = [*map(str, settings), exit_file, str(job.cwd), shell, job.command]
        words += [f"{name}={value}" for name, value in environ.items()]
        if any("\0" in word for word in words):
            raise BackendError("the command or a variable holds a NUL character, which no program can be given")
        content = b"\0".join(map(os.fsencode, words))
        return len(content).to_bytes(8, "big") + content

    def _start(self, job: Job, spec: bytes) -> LocalJobHandle:
        streams = Streams(terminal=job.terminal)
        try:
            lifeline_reader, lifeline = os.pipe()
            status, status_writer = os.pipe()
            try:
                shim = subprocess.Popen(
                    [*self.interpreter, str(SHIM), str(lifeline_reader), str(status_writer)],
                    stdin=streams.child_stdin,
                    stdout=streams.child_stdout,
                    stderr=streams.child_stderr,
                    pass_fds=(lifeline_reader, status_writer),
                    start_new_session=True,
                )
            except BaseException:
                os.close(lifeline)
                os.close(status)
                raise
            finally:
                os.close(lifeline_reader)
                os.close(status_writer)
        except OSError as error:
            streams.close()
            raise BackendError(f"cannot start the job: {error.strerror}", where=self.interpreter[0]) from error
        except BaseException:
            streams.close()
            raise
        streams.let_go_of_child_side()
        handle = LocalJobHandle(job=job, shim=shim, lifeline=lifeline, status=status, streams=streams)
        handle.hand_over(spec)
        return handle


def backend() -> LocalBackend:
    return LocalBackend()


def find(directory: Path) -> LocalFacts:
    """What is known of the job whose directory this is, from any process of this machine."""
    code = None
    with contextlib.suppress(OSError, ValueError):
        code = int((directory / EXIT_CODE).read_text())
    alive: bool | None = False
    with contextlib.suppress(OSError, ValueError, TypeError):
        identity = ProcessIdentity(**json.loads((directory / PROCESS).read_text()))
        alive = is_alive(identity) if is_here(identity) else None
    return LocalFacts(exit_code=code, alive=alive, end_requested=end_requested(directory))


def request_end(directory: Path) -> None:
    """Ask the supervisor of a job, which may be another process, to end it."""
    (directory / CANCEL).touch()


def end_requested(directory: Path) -> bool:
    """Whether `request_end` was called for the job; its supervisor polls this."""
    return (directory / CANCEL).exists()
