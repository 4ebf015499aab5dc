"""Jobs on a pty, driven through a real pty around a program of ours."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from mlproj.backends.local import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from mlproj.backends.base import Job
from mlproj.backends.local import LocalBackend
from mlproj.config import process_environment
from mlproj.runner.output import OutputLog
from mlproj.runner.supervising import supervise

place = Path(sys.argv[1])
job = Job(run_id="r", command=sys.argv[2], cwd=place, environ=process_environment(), directory=place / "job",
          terminal=not sys.argv[3:], grace=0.5)
handle = LocalBackend(patience=0.5).submit(job)
note = lambda text: print("note:", text, file=sys.stderr)
with OutputLog(place) as log:
    ended = supervise(handle, log=log, terminal=job.terminal, on_note=note)
print("ENDED", ended.reason, ended.exit_code, flush=True)
"""
LEAD = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Screen:
    """A terminal with a program in it."""

    def __init__(self, *argv: str) -> None:
        self.master, slave = os.openpty()
        termios.tcsetwinsize(self.master, (33, 99))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [sys.executable, "-c", LEAD, *argv], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        self.slave = slave
        self.seen = b""

    def expect(self, pattern: str) -> str:
        """Read until the pattern appears behind what was expected before."""
        deadline = time.monotonic() + 20
        while not (match := re.search(pattern.encode(), self.seen, re.DOTALL)):
            assert time.monotonic() < deadline, self.seen
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 1 << 16)
        self.seen = self.seen[match.end() :]
        return match.group().decode()

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def is_restored(self) -> bool:
        return termios.tcgetattr(self.slave) == self.before

    def close(self) -> None:
        self.type("exit\r")  # to a shell
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def open_screen(tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    screens = []

    def start(command: str) -> Screen:
        screen = Screen(sys.executable, "-c", PROGRAM, str(tmp_path), command)
        screens.append(screen)
        return screen

    yield start
    for screen in screens:
        screen.close()


def python(text: str) -> str:
    return shlex.join([sys.executable, "-c", text])


def test_the_command_has_a_terminal_of_its_own(open_screen: Callable[..., Screen], tmp_path: Path) -> None:
    screen = open_screen("test -t 0 && test -t 1 && test -t 2 && stty size && echo $TERM && tty && exit 7")
    assert screen.expect(r"33 99\r\n.*/dev/\S+\r\n").strip().splitlines()[-1] != os.ttyname(screen.slave)
    screen.expect("ENDED failed 7\r\n")
    assert screen.process.wait() == 0
    assert screen.is_restored()
    assert b"33 99\r\n" in (tmp_path / "output.log").read_bytes()
    assert b'"stream": "terminal"' in (tmp_path / "output.index.jsonl").read_bytes()


def test_input_is_typed_and_echoed_once(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(python("name = input('who? '); print('hello', name)"))
    screen.expect(r"who\? ")
    screen.type("Ädà\r")
    assert screen.expect(".*ENDED finished 0") == "Ädà\r\nhello Ädà\r\nENDED finished 0"


def test_a_debugger_works(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(python("x = 41\nbreakpoint()\nprint('x is', x)"))
    screen.expect(r"\(Pdb\) ")
    screen.type("!x += 1\r")
    screen.expect(r"\(Pdb\) ")
    screen.type("c\r")
    screen.expect("x is 42")
    screen.expect("ENDED finished 0")


def test_end_of_file_is_a_key_too(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen("echo ready; cat; echo over")
    screen.expect("ready")
    screen.type("\x04")
    screen.expect("over.*ENDED finished 0")


def test_escape_sequences_pass_through(open_screen: Callable[..., Screen], tmp_path: Path) -> None:
    screen = open_screen(r"printf '\033[31mred\033[0m\r50%%\r100%%\n'")
    screen.expect("\x1b\\[31mred\x1b\\[0m\r50%\r100%\r\n")
    screen.expect("ENDED finished 0")
    assert (tmp_path / "output.log").read_bytes() == b"\x1b[31mred\x1b[0m\r50%\r100%\r\n"


def test_a_new_window_size_reaches_the_command(open_screen: Callable[..., Screen]) -> None:
    text = """
import os, signal
signal.signal(signal.SIGWINCH, lambda *_: None)
print('ready', flush=True)
while tuple(os.get_terminal_size()) != (120, 40): signal.pause()
print('grown', flush=True)
"""
    screen = open_screen(python(text))
    screen.expect("ready")
    termios.tcsetwinsize(screen.master, (40, 120))
    screen.expect("grown.*ENDED finished 0")


def test_the_first_interrupts_belong_to_the_command(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(
        python(
            "import time\ntry: print('ready', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: print('caught')"
        )
    )
    screen.expect("ready")
    screen.type("\x03")
    screen.expect("caught.*ENDED finished 0")


def test_a_command_that_dies_of_an_interrupt_was_interrupted(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen("echo ready; sleep 60; true")
    screen.expect("ready")
    screen.type("\x03")
    screen.expect("ENDED interrupted 130")
    assert screen.is_restored()


def test_the_third_interrupt_ends_a_command_that_ignores_them(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen("trap '' INT; echo ready; while :; do sleep 0.1; done")
    screen.expect("ready")
    screen.type("\x03")
    screen.type("\x03")
    screen.expect("note: press Ctrl-C once more to end the run\r\n")
    screen.type("\x03")
    screen.expect("note: ending the run\r\n.*ENDED interrupted 130\r\n")
    assert screen.is_restored()


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGTERM, "terminated 143"), (signal.SIGHUP, "hangup 129"), (signal.SIGINT, "interrupted 130")],
)
def test_the_terminal_is_restored_when_we_are_ended(
    open_screen: Callable[..., Screen], number: int, reason: str
) -> None:
    screen = open_screen("echo ready; sleep 60; true")
    screen.expect("ready")
    assert not screen.is_restored()
    screen.process.send_signal(number)
    screen.expect(f"ENDED {reason}")
    assert screen.is_restored()


def test_much_is_pasted_into_a_command_that_is_slow_to_read(open_screen: Callable[..., Screen]) -> None:
    text = """
import sys, time, tty
tty.setraw(0)
print('ready', flush=True)
time.sleep(0.5)
print(len(sys.stdin.buffer.read(300_000)))
"""
    screen = open_screen(python(text))
    screen.expect("ready")
    for _ in range(300):
        screen.type("x" * 1000)
    screen.expect("300000.*ENDED finished 0")


def test_a_terminal_that_is_closed_ends_the_job(open_screen: Callable[..., Screen], tmp_path: Path) -> None:
    screen = open_screen("echo ready; sleep 600; true")
    screen.expect("ready")
    os.close(screen.master)
    os.close(screen.slave)
    screen.master, screen.slave = os.openpty()
    screen.process.wait(20)
    assert find(tmp_path / "job").exit_code in {130, 143}  # interrupted, or terminated where the hang-up came twice
    assert find(tmp_path / "job").alive is False


def test_the_last_words_are_not_lost(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen("(sleep 0.1; seq 1 3000) & echo early")
    screen.expect("early.*\r\n3000\r\nENDED finished 0")


def test_the_user_can_stop_and_continue(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    screen = Screen("bash", "--norc", "--noprofile", "-i")
    try:
        screen.type("PS1='@@ '\r")
        screen.expect("@@ ")
        job = python("import time\nfor n in range(600): print('tick', n, flush=True); time.sleep(0.1)")
        screen.type(shlex.join([sys.executable, str(tmp_path / "program.py"), str(tmp_path), job]) + "\r")
        screen.expect("tick 2")
        screen.type("\x1a")
        screen.expect("Stopped.*@@ ")
        size = (tmp_path / "output.log").stat().st_size
        screen.type("stty -a | grep -o -- '[-]*icanon'; echo '<'shell'>'\r")
        assert "-icanon" not in screen.expect("<shell>")
        assert (tmp_path / "output.log").stat().st_size == size
        screen.type("fg\r")
        screen.expect(r"tick \d+\r")
        screen.type("\x03")
        screen.expect("ENDED interrupted 130.*@@ ")
    finally:
        screen.close()


def test_in_the_background_the_keyboard_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    screen = Screen("bash", "--norc", "--noprofile", "-i")
    try:
        screen.type("PS1='@@ '\r")
        screen.expect("@@ ")
        program = shlex.join(
            [sys.executable, str(tmp_path / "program.py"), str(tmp_path), 'echo begun; read x; echo "got <$x>"']
        )
        screen.type(f"{program} &\r")
        screen.expect("\nbegun|\rbegun|@@ begun")
        screen.type("echo '<'shell'>'\r")
        screen.expect("<shell>.*@@ ")
        time.sleep(0.3)
        screen.type("fg\r")
        screen.expect("program.py")
        time.sleep(0.6)
        screen.type("hello\r")
        screen.expect("got <hello>")
        screen.expect("ENDED finished 0.*@@ ")
    finally:
        screen.close()


@pytest.fixture
def open_shell(tmp_path: Path) -> Iterator[tuple[Screen, str]]:
    """A shell with job control, and the words that run a job without a pty of its own."""
    (tmp_path / "program.py").write_text(PROGRAM)
    screen = Screen("bash", "--norc", "--noprofile", "-i")
    screen.type("PS1='@@ '\r")
    screen.expect("@@ ")
    yield screen, shlex.join([sys.executable, str(tmp_path / "program.py"), str(tmp_path)])
    screen.close()


def test_without_a_pty_a_command_may_read_the_terminal_in_the_foreground(open_shell: tuple[Screen, str]) -> None:
    screen, words = open_shell
    screen.type(f"{words} 'echo ready; read x; echo \"got <$x>\"' piped | cat\r")
    screen.expect("\rready\r")
    screen.type("hello\r")
    screen.expect("got <hello>.*ENDED finished 0.*@@ ")


def test_without_a_pty_a_command_in_the_background_reads_nothing(open_shell: tuple[Screen, str]) -> None:
    screen, words = open_shell
    screen.type(f"{words} 'read x; echo \"got <$x>\"' piped | cat &\r")
    screen.expect("got <>.*ENDED finished 0")
    screen.type("echo '<'shell'>'\r")
    screen.expect("<shell>")
