"""However a run ends, no container is left, and the command gets its time to end by itself."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.containers.conftest import Containers, Project

PATIENT = """\
import pathlib, signal, sys, time
pathlib.Path("started").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("tidied up", flush=True)
    sys.exit(3)
"""
STUBBORN = """\
import pathlib, signal, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
pathlib.Path("started").touch()
time.sleep(60)
"""

WITH_A_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def started(process: subprocess.Popen[str], folder: Path) -> None:
    until(lambda: (folder / "started").exists() or process.poll() is not None)
    assert process.poll() is None, process.communicate()


def running(containers: Containers) -> list[dict[str, Any]]:
    return [facts for facts in containers.client.api.containers(filters={"label": "mlproj.run"}) if mine(facts)]


def mine(facts: dict[str, Any]) -> bool:
    return str(os.environ["MLPROJ_CACHE_DIR"]) in facts["Labels"]["mlproj.directory"]  # noqa: TID251 - the guard's


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["python3 job.py", "python3 job.py; echo after >&2; exit 9"])
def test_an_interrupt_reaches_the_command_in_the_container(
    project: Project, containers: Containers, command: str, number: signal.Signals
) -> None:
    folder = project(command, files={"job.py": PATIENT})
    process = containers.start("run", str(folder))
    started(process, folder)
    process.send_signal(number)
    out, err = process.communicate(timeout=40)
    assert process.returncode == 128 + number
    assert out == "tidied up\n", err
    assert containers.only_run()["status"] == "KILLED"
    assert containers.left() == []


def test_what_does_not_end_by_itself_is_killed(project: Project, containers: Containers) -> None:
    folder = project("python3 job.py", files={"job.py": STUBBORN})
    process = containers.start("run", str(folder), "--grace", "0.5")
    started(process, folder)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    assert process.returncode == 130
    assert containers.left() == []


def test_cancel_from_another_process_ends_a_detached_run(project: Project, containers: Containers) -> None:
    folder = project("python3 job.py", files={"job.py": PATIENT})
    done = containers.run(folder, "--detach")
    assert done.code == 0, done.err
    until((folder / "started").exists)
    assert containers("runs", "cancel", done.out.strip()).code in {0, 143}
    assert containers("runs", "wait", done.out.strip()).code == 143
    assert containers.only_run()["tags"]["mlproj.end_reason"] == "cancelled"
    assert "tidied up" in containers.artifact("mlproj/output.log")
    assert containers.left() == []


def test_a_container_does_not_outlive_its_supervisor(project: Project, containers: Containers) -> None:
    folder = project("python3 job.py", files={"job.py": PATIENT})
    process = containers.start("run", str(folder), "--grace", "1")
    started(process, folder)
    assert running(containers)
    process.kill()
    process.communicate()
    until(lambda: not running(containers))
    until(lambda: containers.left() == [])
    assert containers.only_run()["tags"]["mlproj.end_reason"] == "lost"


@pytest.mark.parametrize("ended_by", ["run", "gc", "wait"])
def test_what_no_helper_could_end_is_ended_by_the_next_command(
    project: Project, containers: Containers, ended_by: str
) -> None:
    folder = project("python3 job.py", files={"job.py": PATIENT})
    process = containers.start("run", str(folder))
    started(process, folder)
    family = psutil.Process(process.pid).children(recursive=True)
    for one in (psutil.Process(process.pid), *family):
        one.suspend()
    for one in (*family, psutil.Process(process.pid)):
        one.kill()
    process.communicate()
    assert len(running(containers)) == 1
    if ended_by == "run":
        assert containers.run(project("true", name="other")).code == 0
    elif ended_by == "gc":
        assert "container" in containers("gc").out
    else:
        (run,) = containers.runs()
        assert containers("runs", "wait", run["run_id"]).code != 0
    if ended_by == "wait" and running(containers):  # `runs list` above told already that the run is lost
        containers("gc")
    assert not running(containers)


def test_a_follower_that_dies_takes_its_container_along(project: Project, containers: Containers) -> None:
    folder = project("python3 job.py", files={"job.py": PATIENT})
    process = containers.start("run", str(folder))
    started(process, folder)
    (follower,) = [
        one
        for one in psutil.Process(process.pid).children(recursive=True)
        if any("container_follower" in word for word in one.cmdline())
    ]
    follower.kill()
    process.communicate(timeout=40)
    assert process.returncode == 137
    assert containers.left() == []


def test_on_a_terminal_the_command_has_one_too(project: Project, containers: Containers) -> None:
    folder = project('test -t 0 && test -t 1 && stty size && read line && echo "got $line"; python3 job.py',
                     files={"job.py": PATIENT})  # fmt: skip
    master, slave = pty.openpty()
    import termios

    termios.tcsetwinsize(slave, (33, 77))
    process = subprocess.Popen(
        [sys.executable, "-c", WITH_A_TERMINAL, "mlproj", "run", str(folder)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=containers.environ(),
        start_new_session=True,
    )
    os.close(slave)
    seen = _read_until(master, b"33 77")
    os.write(master, b"h\xc3\xa9\x10llo\r")
    seen += _read_until(master, b"got ")
    until((folder / "started").exists)
    os.write(master, b"\x03")
    seen += _read_until(master, b"tidied up")
    _drain(master)
    assert process.wait(40) == 3, seen
    assert containers.left() == []


def _read_until(master: int, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        assert select.select([master], [], [], 60)[0], seen
        seen += os.read(master, 1024)
    return seen


def _drain(master: int) -> None:
    try:
        while os.read(master, 1024):
            pass
    except OSError:
        os.close(master)
