"""Real jobs followed to every kind of end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from mlproj.backends.base import Job
from mlproj.backends.local import LocalBackend, find, request_end
from mlproj.config import process_environment
from mlproj.runner.output import OutputLog
from mlproj.runner.supervising import Ended, EndReason, supervise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlproj.backends.local_job import LocalJobHandle


class Stage:
    """Submits a job and supervises it, with small patience."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = OutputLog(directory / "out", secrets=["hunter2hunter2"])

    def submit(self, command: str) -> LocalJobHandle:
        environ = process_environment()
        directory = self.directory / "job"
        job = Job(run_id="r1", command=command, cwd=self.directory, environ=environ, directory=directory, grace=0.3)
        return LocalBackend(patience=0.3).start(job)

    def run(self, command: str, **options: Any) -> Ended:
        return supervise(self.submit(command), log=self.log, **options)

    @property
    def kept(self) -> bytes:
        return self.log.path.read_bytes()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    with stage.log:
        yield stage


@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [
        ("true", 0, EndReason.FINISHED),
        ("exit 1", 1, EndReason.FAILED),
        ("exit 124", 124, EndReason.FAILED),
        ("exit 255", 255, EndReason.FAILED),
        ("kill -KILL $$", 137, EndReason.KILLED),
        ("kill -TERM $$", 143, EndReason.KILLED),
    ],
)
def test_how_a_command_ends_by_itself(stage: Stage, command: str, code: int, reason: EndReason) -> None:
    assert stage.run(command) == Ended(exit_code=code, reason=reason)


def test_output_is_shown_and_kept(stage: Stage, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    stage.run("echo out; echo hunter2hunter2 >&2")
    shown = capfdbinary.readouterr()
    assert (shown.out, shown.err) == (b"out\n", b"hunter2hunter2\n")
    assert sorted(stage.kept.splitlines()) == [b"[secret]", b"out"]


def test_without_echo_it_is_only_kept(stage: Stage, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    stage.run("echo out", echo=False)
    assert capfdbinary.readouterr().out == b""
    assert stage.kept == b"out\n"


def test_all_of_it_can_go_to_standard_error(stage: Stage, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    stage.run("echo out", to_stderr=True)
    assert capfdbinary.readouterr() == (b"", b"out\n")


def test_a_time_limit(stage: Stage) -> None:
    assert stage.run("echo begun; sleep 600", timeout=0.3) == Ended(exit_code=124, reason=EndReason.TIMEOUT)
    assert stage.kept == b"begun\n"


def test_a_time_limit_for_a_command_that_ignores_everything(stage: Stage) -> None:
    ended = stage.run("trap '' INT TERM; while :; do sleep 0.1; done", timeout=0.2)
    assert ended == Ended(exit_code=124, reason=EndReason.TIMEOUT)
    assert find(stage.directory / "job").exit_code == 137


def test_a_request_of_another_process(stage: Stage) -> None:
    handle = stage.submit("sleep 600")
    request_end(stage.directory / "job")
    assert supervise(handle, log=stage.log) == Ended(exit_code=143, reason=EndReason.CANCELLED)


def test_a_request_of_the_caller(stage: Stage) -> None:
    ended = stage.run("sleep 600", cancelled=lambda: True)
    assert ended == Ended(exit_code=143, reason=EndReason.CANCELLED)


def test_a_job_whose_shim_is_killed_is_lost(stage: Stage) -> None:
    handle = stage.submit("sleep 600")
    os.kill(handle.pid, signal.SIGKILL)
    assert supervise(handle, log=stage.log) == Ended(exit_code=137, reason=EndReason.LOST)


@pytest.mark.parametrize(
    ("number", "ended"),
    [
        (signal.SIGINT, Ended(exit_code=130, reason=EndReason.INTERRUPTED)),
        (signal.SIGTERM, Ended(exit_code=143, reason=EndReason.TERMINATED)),
        (signal.SIGHUP, Ended(exit_code=129, reason=EndReason.HANGUP)),
    ],
)
def test_signals_to_us_end_the_job(stage: Stage, number: signal.Signals, ended: Ended) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    # The job itself sends it, when we have had time to listen.
    assert (
        stage.run(f"trap 'exit 0' INT; sleep 0.3; kill -{int(number)} {os.getpid()}; while :; do sleep 0.05; done")
        == ended
    )
    assert {each: signal.getsignal(each) for each in before} == before


def test_the_second_signal_hurries_and_the_first_is_the_reason(stage: Stage) -> None:
    pid = os.getpid()
    environ = process_environment()
    signals = f"sleep 0.3; kill -TERM {pid}; sleep 0.5; kill -INT {pid}; sleep 0.5; kill -INT {pid}"
    command = f"trap '' INT TERM; {signals}; while :; do sleep 1; done"
    directory = stage.directory / "job"
    job = Job(run_id="r", command=command, cwd=stage.directory, environ=environ, directory=directory, grace=1000.0)
    ended = supervise(LocalBackend(patience=1000.0).submit(job), log=stage.log)
    assert ended == Ended(exit_code=143, reason=EndReason.TERMINATED)


def test_a_signal_that_was_ignored_stays_ignored(stage: Stage) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ended = stage.run(f"sleep 0.3; kill -HUP {os.getpid()}; sleep 0.5; exit 3")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended == Ended(exit_code=3, reason=EndReason.FAILED)


def test_in_a_thread_no_signals_are_touched(stage: Stage) -> None:
    found: list[object] = []
    before = signal.getsignal(signal.SIGINT)

    def run() -> None:
        found.append(stage.run("sleep 0.3"))

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        assert signal.getsignal(signal.SIGINT) is before
        time.sleep(0.05)
    assert found == [Ended(exit_code=0, reason=EndReason.FINISHED)]


def test_a_failing_log_does_not_stop_the_job(stage: Stage) -> None:
    stage.log.failure = OSError("full")
    assert stage.run("echo out; exit 4").exit_code == 4


PROGRAM = """
import sys
from pathlib import Path
from mlproj.backends.base import Job
from mlproj.backends.local import LocalBackend
from mlproj.config import process_environment
from mlproj.runner.output import OutputLog
from mlproj.runner.supervising import supervise

place = Path(sys.argv[1])
job = Job(run_id="r", command=sys.argv[2], cwd=place, environ=process_environment(), directory=place / "job", grace=0.3)
with OutputLog(place) as log:
    ended = supervise(LocalBackend(patience=0.3).submit(job), log=log, timeout=float(sys.argv[3]))
print("ENDED", ended.reason, ended.exit_code, file=sys.stderr)
"""


def program(tmp_path: Path, command: str, timeout: float = 60) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(tmp_path), command, str(timeout)]


def test_a_reader_that_leaves_does_not_stop_the_command(tmp_path: Path) -> None:
    pipeline = f"{shlex.join(program(tmp_path, 'seq 1 200000; exit 3'))} | head -n 1"
    run = subprocess.run(["bash", "-c", pipeline], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("1\n", "ENDED failed 3\n")
    assert (tmp_path / "output.log").read_bytes().endswith(b"\n200000\n")


def test_closed_streams_do_not_matter(tmp_path: Path) -> None:
    line = f"{shlex.join(program(tmp_path, 'echo out; echo err >&2'))} >&- 2>&- <&-"
    assert subprocess.run(["bash", "-c", line], check=False).returncode == 0
    assert sorted((tmp_path / "output.log").read_bytes().split()) == [b"err", b"out"]


def test_the_time_limit_holds_while_nobody_reads(tmp_path: Path) -> None:
    """As with `| less`: our own stdout is full, and still the job must end in time."""
    reader, writer = os.pipe()
    try:
        argv = program(tmp_path, "yes", 0.5)
        run = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    finally:
        os.close(reader)
        os.close(writer)
    assert run.stderr == "ENDED timeout 124\n"


def test_a_stdout_that_does_not_block_loses_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with subprocess.Popen(program(tmp_path, "seq 1 100000"), stdout=writer, stderr=subprocess.DEVNULL):
        os.close(writer)
        time.sleep(0.3)
        with open(reader, "rb") as pipe:  # noqa: PTH123 - a descriptor
            assert pipe.read().split() == [str(number).encode() for number in range(1, 100001)]


def test_a_cell_of_a_notebook_gets_text(tmp_path: Path) -> None:
    """There sys.stdout is an object without a file descriptor."""
    command = r"printf 'gr'; printf '\303'; sleep 0.2; printf '\274n\n'"
    text = f"""
import io, sys
cell = sys.stdout = io.StringIO()
sys.argv = {program(tmp_path, command)[2:]!r}
exec(sys.argv[0])
sys.__stdout__.write(ascii(cell.getvalue()))
"""
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert run.stdout == ascii("grün\n")


def test_without_any_stdout_it_works_too(tmp_path: Path) -> None:
    text = f"import sys; sys.stdout = None; sys.argv = {program(tmp_path, 'echo x')[2:]!r}; exec(sys.argv[0])"
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert run.stderr == "ENDED finished 0\n"


def test_after_a_fork_into_a_session_of_its_own(tmp_path: Path) -> None:
    """What `run --detach` does."""
    argv = program(tmp_path, "sleep 0.2; echo x")[2:]
    text = f"import os, sys; os.fork() and os._exit(0); os.setsid(); sys.argv = {argv!r}; exec(sys.argv[0])"
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("x\n", "ENDED finished 0\n")
