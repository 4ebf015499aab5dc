"""The one door to other programs: an argument list, no shell, and their output inside the error."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mlproj.errors import ProgramFailedError, ProgramMissingError
from mlproj.system.identity import start_of
from mlproj.system.process_tree import descendants, send


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a program left: its exit code and its output as text."""

    code: int
    stdout: str
    stderr: str


def run_program(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    stdin: str | None = None,
    check: bool = True,
    errors: str = "replace",
    patience: float = 5.0,
) -> Finished:
    """Run a program to its end; `errors` says what becomes of output that is not UTF-8, as for `bytes.decode`.

    Raises ProgramMissingError if it is not there, ProgramFailedError if `check` and its exit code is not 0. If we are
    interrupted it is ended with all that it started: terminated, and killed after `patience` seconds.
    """
    try:
        program = subprocess.Popen(
            list(argv),
            env=dict(environ),
            cwd=cwd,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors=errors,
        )
    except OSError as error:
        raise _cannot_run(argv[0], cwd, error) from error
    with program, _ended_with_us(program, patience):
        stdout, stderr = program.communicate(stdin)
    if check and program.returncode:
        raise ProgramFailedError(tuple(argv), program.returncode, stdout, stderr)
    return Finished(code=program.returncode, stdout=stdout, stderr=stderr)


def stream_program(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    on_line: Callable[[str], None],
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    stdin: BinaryIO | None = None,
    patience: float = 5.0,
) -> None:
    """Run a program and hand each line that it prints, on stdout or stderr, to `on_line` as it comes.

    `pass_fds` are open in it and its children: a lock on one is held until the last of them is gone. `stdin` is a file
    that it reads.

    Raises as `run_program` does; the error holds the whole output. The program is ended, with all that it
    started, if `on_line` raises or we are interrupted: terminated, and killed after `patience` seconds.
    """
    try:
        program = subprocess.Popen(
            list(argv),
            env=dict(environ),
            cwd=cwd,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise _cannot_run(argv[0], cwd, error) from error
    lines: list[str] = []
    with program, _ended_with_us(program, patience):
        for line in program.stdout or ():
            lines.append(line)
            on_line(line.rstrip("\n"))
    if program.returncode:
        raise ProgramFailedError(tuple(argv), program.returncode, "".join(lines), "")


@contextmanager
def _ended_with_us(program: subprocess.Popen[str], patience: float) -> Iterator[None]:
    """End the program and all below it if the block is left by an exception; a second interrupt hurries.

    A process group of its own would not do: a program that asks on the terminal has to be in ours.
    """
    try:
        yield
    except BaseException:
        started = _tree(program.pid)
        try:
            send(started, signal.SIGTERM, signal.SIGCONT)
            _wait(program, started, patience)
        finally:
            left = {**_tree(program.pid), **started}
            send(_living(left), signal.SIGKILL)
            _wait(program, left, patience)
        raise


def _tree(root: int) -> dict[int, str | None]:
    """The processes from `root` down, with when they started: a process id may be used again."""
    return {pid: start_of(pid) for pid in (root, *descendants(root))}


def _living(processes: Mapping[int, str | None]) -> list[int]:
    return [pid for pid, started in processes.items() if started is not None and start_of(pid) == started]


def _wait(program: subprocess.Popen[str], processes: Mapping[int, str | None], patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        program.poll()
        if not _living(processes):
            return
        time.sleep(0.02)


def _cannot_run(program: str, cwd: Path | None, error: OSError) -> ProgramMissingError:
    if cwd is not None and not cwd.is_dir():
        return ProgramMissingError(f"no such directory: {cwd}")
    if not isinstance(error, FileNotFoundError):
        return ProgramMissingError(f"the program {program!r} cannot be run: {error.strerror}")
    return ProgramMissingError(
        f"the program {program!r} is not on this machine", hint=f"install {program}, or put it on PATH"
    )
