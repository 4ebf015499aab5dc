"""A job of the local backend, seen from the process that submitted it."""

import signal
from collections.abc import Callable, Mapping

from mlproj.backends.base import Job, OnOutput, Terminal
from mlproj.backends.following import Following
from mlproj.backends.job_directory import is_end_requested
from mlproj.backends.shim_link import ShimLink
from mlproj.backends.streams import Streams
from mlproj.errors import JobLostError
from mlproj.system import process_tree


class LocalJobHandle:
    """A running job: its shim and its streams."""

    def __init__(self, *, job: Job, link: ShimLink, streams: Streams, command_pid: int) -> None:
        self.job = job
        self.pid = link.pid
        self.command_pid = command_pid
        self._link = link
        self._streams = streams
        self.out_of_memory = False
        self._ending = False

    def describe(self) -> Mapping[str, str]:
        return {"backend": "local", "directory": str(self.job.directory), "pid": str(self.pid)}

    def is_end_requested(self) -> bool:
        return is_end_requested(self.job.directory)

    def end(self) -> None:
        self._ending = True
        self._link.end()

    def wait(self, on_output: OnOutput, *, poll: Callable[[], bool], terminal: Terminal | None = None) -> int:
        def asked_to_end() -> bool:
            if poll():
                self.end()
            return self._ending

        try:
            code = Following(self._link, self._streams, on_output, terminal).to_end(asked_to_end)
        except BaseException:
            self.end()
            raise
        finally:
            self._let_go()
        if code is None:
            raise JobLostError("the job is gone and left no exit code", where=str(self.job.directory))
        return code

    def _let_go(self) -> None:
        self._streams.close()
        if not self._link.close():
            mark = f"MLPROJ_RUN_ID={self.job.run_id}".encode()
            left = process_tree.orphans(self.pid, self.command_pid, mark)
            process_tree.send(left, signal.SIGKILL)
