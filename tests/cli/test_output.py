"""What commands print with: sizes, tables on terminals of any width, tables in pipes."""

import os
import pty
import subprocess
import sys

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
