"""A job and what every backend can do with one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mlproj.backends.container_values import Container

OnOutput = Callable[[str, bytes], None]
"""Takes the stream's name (`stdout`, `stderr`, or `terminal` for a pty) and the bytes, as they come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One submission: shell text, where and with what it runs.

    `environ` is the whole environment of the command. `directory` is the job's own, for its exit code and control
    files. `terminal` asks for a pty. `grace` is the seconds between the interrupt and the terminate. With a `container`
    the command runs in that, and `environ` and `cwd` are for the programs on this machine that look after it.
    """

    run_id: str
    command: str
    cwd: Path
    environ: Mapping[str, str]
    directory: Path
    terminal: bool = False
    grace: float = 10.0
    container: "Container | None" = None


class Terminal(Protocol):
    """The user's terminal, as a job with a pty needs it."""

    def fileno(self) -> int: ...

    def take(self) -> bool:
        """Make it pass on every key, if we may: a process in the background may not even read. Called now and then."""
        ...

    def read(self) -> bytes:
        """What was typed, for the job; called when there is something to read. Empty: nothing more will come."""
        ...

    def size(self) -> tuple[int, int] | None:
        """Rows and columns, None if unknown."""
        ...

    def suspend(self) -> None:
        """The job was stopped from the keyboard: stop this process too; returns when it is continued."""
        ...


class JobHandle(Protocol):
    """A job that was submitted. `out_of_memory` is known after `wait`: whether that is what ended it."""

    out_of_memory: bool

    def describe(self) -> Mapping[str, str]:
        """What another process needs to find the job again; goes into the run's tags."""
        ...

    def wait(self, on_output: OnOutput, *, poll: Callable[[], bool], terminal: Terminal | None = None) -> int:
        """Hand on the output until the job is over; its exit code (128 + n if signal n killed it).

        `poll` is called at least twice a second; each time it answers true, `end` is called. `terminal` serves a job
        with a pty. If anything raises in here the job is ended before the exception goes on. Raises JobLostError.
        """
        ...

    def end(self) -> None:
        """Ask the whole tree to end: interrupt, grace, terminate, 5 s, kill. Returns at once; calling again hurries."""
        ...

    def is_end_requested(self) -> bool:
        """Whether another process asked for the end."""
        ...


class Backend(Protocol):
    """A place where jobs run."""

    name: str

    def submit(self, job: Job) -> JobHandle:
        """Start the job. Raises BackendError."""
        ...
