import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlproj.config import process_environment
from mlproj.errors import ProgramFailedError, ProgramMissingError
from mlproj.system.identity import start_of
from mlproj.system.processes import run_program, stream_program


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_program_gives_its_code_and_both_streams_as_text(tmp_path: Path) -> None:
    text = "import sys; print('öut'); print('err', file=sys.stderr); sys.stdout.buffer.write(b'\\xff')"
    finished = run_program(python(text), environ={"PYTHONIOENCODING": "utf-8"}, cwd=tmp_path)
    assert (finished.code, finished.stderr) == (0, "err\n")
    assert finished.stdout in {"öut\n\ufffd", "\ufffdöut\n"}


def test_the_environment_is_exactly_what_is_given() -> None:
    found = run_program(python("import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"), environ={"A": "b"})
    assert found.stdout == "['A']\n"


def test_a_program_reads_what_it_is_given_or_nothing() -> None:
    echo = python("import sys; print(repr(sys.stdin.read()))")
    assert run_program(echo, environ=process_environment(), stdin="a\nü").stdout == "'a\\nü'\n"
    assert run_program(echo, environ=process_environment()).stdout == "''\n"


def test_an_argument_is_no_shell_text() -> None:
    word = "$(rm -rf x); `y` 'z' \n*"
    found = run_program([*python("import sys; print(ascii(sys.argv[1]))"), word], environ=process_environment())
    assert found.stdout.strip() == ascii(word)


def test_a_failure_holds_the_output() -> None:
    failing = python("import sys; print('out'); print('why', file=sys.stderr); sys.exit(3)")
    with pytest.raises(ProgramFailedError, match=r"^python\S* ended with exit code 3$") as caught:
        run_program(failing, environ=process_environment())
    assert (caught.value.code, caught.value.stdout, caught.value.detail) == (3, "out\n", "why")
    assert run_program(failing, environ=process_environment(), check=False).code == 3


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError, match="'no-such-program' is not on this machine"):
        run_program(["no-such-program"], environ=process_environment())
    with pytest.raises(ProgramMissingError, match=r"no such directory: .*/nowhere"):
        run_program(["true"], environ=process_environment(), cwd=tmp_path / "nowhere")
    with pytest.raises(ProgramMissingError, match="no-such-program"):
        stream_program(["no-such-program"], environ=process_environment(), on_line=print)


def test_a_program_that_may_not_be_run_is_named(tmp_path: Path) -> None:
    program = tmp_path / "a program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    with pytest.raises(ProgramMissingError, match="a program' cannot be run: Permission denied"):
        run_program([str(program)], environ=process_environment())
    with pytest.raises(ProgramMissingError, match="a program' cannot be run: Permission denied"):
        stream_program([str(program)], environ=process_environment(), on_line=print)


def test_lines_come_as_they_are_printed(tmp_path: Path) -> None:
    lines: list[str] = []
    text = "import sys; print('one', flush=True); print('zwö', file=sys.stderr, flush=True); print('three', end='')"
    stream_program(python(text), environ={"PYTHONIOENCODING": "utf-8"}, on_line=lines.append, cwd=tmp_path)
    assert lines == ["one", "zwö", "three"]


def test_a_streamed_failure_holds_all_of_the_output() -> None:
    failing = python("print('one'); print('two'); raise SystemExit(4)")
    with pytest.raises(ProgramFailedError) as caught:
        stream_program(failing, environ=process_environment(), on_line=lambda _: None)
    assert (caught.value.code, caught.value.detail) == (4, "one\ntwo")


@pytest.mark.parametrize("ignored", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"])
def test_a_streamed_program_is_ended_when_its_reader_fails(ignored: str) -> None:
    pids: list[int] = []

    def fail(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    text = f"import os, time; {ignored} print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        stream_program(python(text), environ=process_environment(), on_line=fail, patience=0.2)
    assert start_of(pids[0]) is None


TREE = """
import os, signal, subprocess, sys, time
{ignored}
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
print(os.getpid(), int(child.stdout.readline()), file=open({mark!r} + ".new", "w"), flush=True)
os.rename({mark!r} + ".new", {mark!r})
print(open({mark!r}).read().strip(), flush=True)
time.sleep(600)
"""
CHILD = "import os, signal, time; {ignored}; print(os.getpid(), flush=True); time.sleep(600)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def tree(mark: Path, ignored: str) -> list[str]:
    """A program with a child; `mark` comes to hold the ids of both."""
    return python(TREE.format(ignored=ignored, child=CHILD.format(ignored=ignored), mark=str(mark)))


@pytest.mark.parametrize("ignored", ["pass", STUBBORN])
def test_what_a_streamed_program_started_is_ended_with_it(ignored: str, tmp_path: Path) -> None:
    def fail(_: str) -> None:
        raise KeyboardInterrupt

    mark = tmp_path / "mark"
    with pytest.raises(KeyboardInterrupt):
        stream_program(tree(mark, ignored), environ=process_environment(), on_line=fail, patience=0.2)
    assert [start_of(int(pid)) for pid in mark.read_text().split()] == [None, None]


@contextmanager
def interrupted_when_there(mark: Path) -> Iterator[None]:
    """Raise KeyboardInterrupt in this thread as soon as the file is there."""

    def look(*_: object) -> None:
        if mark.exists():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("ignored", ["pass", STUBBORN])
def test_an_interrupt_ends_a_program_and_what_it_started(ignored: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(KeyboardInterrupt), interrupted_when_there(mark):
        run_program(tree(mark, ignored), environ=process_environment(), patience=0.2)
    assert [start_of(int(pid)) for pid in mark.read_text().split()] == [None, None]


def test_a_second_interrupt_hurries(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def fail(_: str) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            stream_program(tree(mark, STUBBORN), environ=process_environment(), on_line=fail, patience=300)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert [start_of(int(pid)) for pid in mark.read_text().split()] == [None, None]
