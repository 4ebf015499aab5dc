"""The one door to other programs: an argument list, no shell, and their output inside the error."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlproj.errors import ProgramFailedError, ProgramMissingError


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
) -> Finished:
    """Run a program to its end.

    Raises ProgramMissingError if it is not there, ProgramFailedError if `check` and its exit code is not 0.
    """
    try:
        done = subprocess.run(
            list(argv),
            env=dict(environ),
            cwd=cwd,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise _cannot_run(argv[0], cwd, error) from error
    if check and done.returncode:
        raise ProgramFailedError(tuple(argv), done.returncode, done.stdout, done.stderr)
    return Finished(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def stream_program(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    on_line: Callable[[str], None],
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    patience: float = 5.0,
) -> None:
    """Run a program and hand each line that it prints, on stdout or stderr, to `on_line` as it comes.

    `pass_fds` are open in it and its children: a lock on one is held until the last of them is gone.

    Raises as `run_program` does; the error holds the whole output. The program is ended if `on_line` raises or the
    user interrupts: terminated, and killed after `patience` seconds.
    """
    try:
        program = subprocess.Popen(
            list(argv),
            env=dict(environ),
            cwd=cwd,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise _cannot_run(argv[0], cwd, error) from error
    lines: list[str] = []
    with program:
        try:
            for line in program.stdout or ():
                lines.append(line)
                on_line(line.rstrip("\n"))
        except BaseException:
            _end(program, patience)
            raise
    if program.returncode:
        raise ProgramFailedError(tuple(argv), program.returncode, "".join(lines), "")


def _end(program: subprocess.Popen[str], patience: float) -> None:
    program.terminate()
    try:
        program.wait(patience)
    except subprocess.TimeoutExpired:
        program.kill()


def _cannot_run(program: str, cwd: Path | None, error: OSError) -> ProgramMissingError:
    if cwd is not None and not cwd.is_dir():
        return ProgramMissingError(f"no such directory: {cwd}")
    if not isinstance(error, FileNotFoundError):
        return ProgramMissingError(f"the program {program!r} cannot be run: {error.strerror}")
    return ProgramMissingError(
        f"the program {program!r} is not on this machine", hint=f"install {program}, or put it on PATH"
    )
