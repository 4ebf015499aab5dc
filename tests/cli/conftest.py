"""The installed program, run as a user runs it."""

import json
import os
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a call of the program left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Program:
    """Calls `mlproj` in a directory of the test's own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(
        self, *words: str, environ: Mapping[str, str] | None = None, stdin: str | None = None, cwd: Path | None = None
    ) -> Done:
        done = subprocess.run(
            ["mlproj", *words],
            cwd=cwd or self.directory,
            env=self.environ(environ),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr or done.returncode not in {0, 2, 3, 4, 5, 6, 70}, done.stderr
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *words: str, environ: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Start the program and leave it running, its output on pipes."""
        return subprocess.Popen(
            ["mlproj", *words],
            cwd=self.directory,
            env=self.environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def environ(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {**os.environ, **(more or {})}  # noqa: TID251 - the guard has cleaned it

    def only_run(self) -> dict[str, Any]:
        """The one run in the store."""
        runs = self("runs", "list", "--json").json
        assert len(runs) == 1, runs
        run: dict[str, Any] = runs[0]
        return run

    def no_runs(self) -> bool:
        return bool(self("runs", "list", "--json").json == [])

    def artifact(self, name: str) -> str:
        """The text of an artifact of the one run."""
        run = self.only_run()
        home = Path(self.environ(None)["MLPROJ_HOME"])
        file = home / "artifacts" / str(run["experiment_id"]) / str(run["run_id"]) / "artifacts" / name
        return file.read_text()


@pytest.fixture
def mlproj(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Writes an MLproject file, and other files, into a directory; gives the directory."""

    def write(text: str, *, name: str = "project", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "MLproject").write_text(textwrap.dedent(text))
        for file, content in files.items():
            (folder / file.replace("__", ".")).write_text(textwrap.dedent(content))
        return folder

    return write
