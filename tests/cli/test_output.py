"""What commands print with: sizes, tables on terminals of any width, tables in pipes."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from mlproj.cli.output import print_table, size_text

WIDE = """
from mlproj.cli.output import print_table
print_table(["NAME", "VALUE"], [["a", "x" * 200], ["two\\nlines", "y"]])
"""


def test_sizes_are_readable() -> None:
    sizes = (0, 999, 1500, 2 * 10**9, 3 * 10**12)
    assert [size_text(size) for size in sizes] == ["0 B", "999 B", "1.5 kB", "2.0 GB", "3.0 TB"]


def test_a_table_in_a_pipe_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["NAME", "VALUE"], [["a", "x" * 200]])
    assert capsys.readouterr().out == f"NAME  VALUE\na     {'x' * 200}\n"


def test_a_table_on_a_terminal_fits_it() -> None:
    master, slave = pty.openpty()
    environ = {**os.environ, "COLUMNS": "80"}  # noqa: TID251 - a program's environment
    with subprocess.Popen([sys.executable, "-c", WIDE], stdout=slave, env=environ) as program:
        os.close(slave)
        shown = b""
        while chunk := _read(master):
            shown += chunk
    assert program.returncode == 0
    os.close(master)
    lines = shown.decode().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    assert max(map(len, lines)) == 80
    assert lines[1].endswith("…")
    assert lines[2].startswith("two lines")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 4096)
    except OSError:  # Linux says so when the last one has closed the other side
        return b""


def on_a_terminal(argv: list[str], cwd: Path) -> tuple[int, str]:
    """The exit code of a program on a terminal of 80 columns, and all that it showed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color"}  # noqa: TID251 - a program's environment
    with subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environ) as program:
        os.close(slave)
        shown = b""
        while chunk := _read(master):
            shown += chunk
    os.close(master)
    return program.returncode, shown.decode(errors="replace")


def test_a_first_run_on_a_terminal_shows_progress_and_then_the_command(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    folder = project("python_env: python_env.yaml\nentry_points:\n  main:\n    command: test -t 1 && echo a terminal\n")
    (folder / "python_env.yaml").write_text("dependencies: []\n")
    code, shown = on_a_terminal(["mlproj", "run", str(folder)], tmp_path)
    assert code == 0, shown
    assert "resolving" in shown
    assert "a terminal\r" in shown
    assert shown.rstrip().endswith("FINISHED")


def test_long_progress_is_cut_and_not_wrapped(tmp_path: Path) -> None:
    program = (
        "import time\nfrom mlproj.cli.reporter import make_reporter\nreporter = make_reporter()\n"
        "reporter.progress('first ' * 40)\ntime.sleep(0.3)\nreporter.progress('second ' * 40)\ntime.sleep(0.3)\n"
        "reporter.note('done')\nreporter.clear()\n"
    )
    code, shown = on_a_terminal([sys.executable, "-c", program], tmp_path)
    assert code == 0
    assert "…" in shown
    assert shown.rstrip().endswith("mlproj: done")
