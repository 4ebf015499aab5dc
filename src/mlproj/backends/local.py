"""Jobs on this machine: a shim of ours leads the job's session, and ends it if this process dies."""

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from mlproj.backends.base import Job, JobHandle
from mlproj.backends.job_directory import EXIT_CODE, LocalFacts, find, is_end_requested, record_process, request_end
from mlproj.backends.local_job import LocalJobHandle
from mlproj.backends.shim_link import ShimLink
from mlproj.backends.streams import Streams
from mlproj.errors import BackendError
from mlproj.system.files import make_directory

__all__ = ["LocalBackend", "LocalFacts", "backend", "find", "is_end_requested", "request_end"]

SHIM = (sys.executable, "-I", "-S", str(Path(__file__).with_name("shim.py")))


class LocalBackend:
    """Runs commands with `bash -c` (`sh` where there is no bash).

    `patience` is the seconds between terminating and killing. `linger` is what a command's background processes get
    after it ended by itself; then they are ended too, also those started with nohup or setsid: nothing of a job stays.
    (Without Linux's subreapers a daemon that has left both its session and its parent is not found.)
    """

    name = "local"

    def __init__(self, *, shim: Sequence[str] = SHIM, patience: float = 5.0, linger: float = 1.0) -> None:
        self.shim = tuple(shim)
        self.patience = patience
        self.linger = linger

    def submit(self, job: Job) -> JobHandle:
        """Start the job. Raises BackendError."""
        if job.container is None:
            return self.start(job)
        from mlproj.backends.containers import submit_container

        return submit_container(self, job, job.container)

    def start(self, job: Job) -> LocalJobHandle:
        """Start the job on this machine itself. Raises BackendError."""
        spec = self._spec(job)
        make_directory(job.directory)
        try:
            (job.directory / EXIT_CODE).unlink(missing_ok=True)
            return self._start(job, spec)
        except OSError as error:
            raise BackendError(f"cannot start the job: {error.strerror}", where=error.filename) from error

    def _spec(self, job: Job) -> bytes:
        environ = {"PYTHONUNBUFFERED": "1", **job.environ} if not job.terminal else job.environ
        path = job.environ.get("PATH")
        shell = shutil.which("bash", path=path) or shutil.which("sh", path=path) or "/bin/sh"
        exit_file = os.path.abspath(job.directory / EXIT_CODE)  # noqa: PTH100 - links stay
        settings = (job.grace, self.patience, self.linger, int(job.terminal))
        words = [*map(str, settings), exit_file, str(job.cwd), os.path.abspath(shell), job.command]  # noqa: PTH100
        words += [f"{name}={value}" for name, value in environ.items()]
        if any("\0" in word for word in words):
            raise BackendError("the command or a variable holds a NUL character, which no program can be given")
        try:
            content = b"\0".join(map(os.fsencode, words))
        except UnicodeEncodeError as error:
            raise BackendError(f"the command or a variable is not text: {error}") from error
        return len(content).to_bytes(8, "big") + content

    def _start(self, job: Job, spec: bytes) -> LocalJobHandle:
        with ExitStack() as undo:
            streams = Streams(terminal=job.terminal)
            undo.callback(streams.close)
            link = ShimLink(
                self.shim, stdin=streams.child_stdin, stdout=streams.child_stdout, stderr=streams.child_stderr
            )
            undo.callback(link.close)
            streams.let_go_of_child_side()
            command_pid = link.hand_over(spec)
            record_process(job.directory, link.pid)
            undo.pop_all()
        return LocalJobHandle(job=job, link=link, streams=streams, command_pid=command_pid)


def backend() -> LocalBackend:
    return LocalBackend()
