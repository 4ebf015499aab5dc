"""`mlproj ui` opens a browser where somebody sits in front of one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.server.pages.built import is_built

if TYPE_CHECKING:
    from tests.cli.conftest import Program

QUIET = {"SSH_CONNECTION": "", "SSH_TTY": "", "WAYLAND_DISPLAY": ""}


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A program that writes down what it is asked to show."""
    program = tmp_path / "a browser"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >> "$0.log"\n')
    program.chmod(0o755)
    return program


def shown(
    browser: Path,
    mlproj: "Program",
    name: str,
    environ: dict[str, str],
    *,
    terminal: bool = True,
    patience: float = 1.0,
) -> list[str]:
    """The address of a server, and what the browser was asked for before the patience was over."""
    ours, theirs = os.openpty() if terminal else os.pipe()
    given = mlproj.environ({**QUIET, **environ, "BROWSER": f"'{browser}' %s"})
    stdin = theirs if terminal else subprocess.DEVNULL
    command = ["mlproj", name, "-p", "0"]
    log = Path(f"{browser}.log")
    with (
        os.fdopen(ours, "rb") as out,
        subprocess.Popen(command, env=given, cwd=mlproj.directory, stdin=stdin, stdout=theirs) as server,
    ):
        try:
            url = out.readline().split()[-1].decode()
            end = time.monotonic() + patience
            while time.monotonic() < end and not log.exists():
                time.sleep(0.05)
        finally:
            server.kill()
            os.close(theirs)
    return [url, *(log.read_text().splitlines() if log.exists() else [])]


def test_a_browser_is_opened_on_a_desktop(
    mlproj: "Program", browser: Path, require: Callable[[object, str], None]
) -> None:
    require(is_built(), "the page")
    url, *opened = shown(browser, mlproj, "ui", {"DISPLAY": ":0"}, patience=20.0)
    assert opened == [url]


@pytest.mark.parametrize(
    ("name", "environ", "terminal"),
    [
        ("ui", {"DISPLAY": ""}, True),
        ("ui", {"DISPLAY": ":0", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, True),
        ("ui", {"DISPLAY": ":0"}, False),
        ("server", {"DISPLAY": ":0"}, True),
    ],
    ids=["no display", "ssh", "no terminal", "server"],
)
def test_no_browser_is_opened_elsewhere(
    mlproj: "Program", browser: Path, name: str, environ: dict[str, str], *, terminal: bool
) -> None:
    if sys.platform == "darwin" and environ == {"DISPLAY": ""}:
        pytest.skip("a Mac has a desktop all the same")
    assert len(shown(browser, mlproj, name, environ, terminal=terminal)) == 1
