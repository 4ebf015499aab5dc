"""The installed program, run as a user runs it."""

import json
import os
import signal
import subprocess
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

Write = Callable[..., Path]
Git = Callable[..., str]


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


@pytest.fixture(scope="session")
def git() -> Git:
    """Calls git in a directory: (directory, *words); gives what it prints, without white space around it."""

    def call(folder: Path, *words: str) -> str:
        allowed = ("-c", "protocol.file.allow=always")
        done = subprocess.run(["git", *allowed, *words], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return call


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Writes an MLproject file, and other files, into a directory; gives the directory."""

    def write(text: str, *, name: str = "project", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "MLproject").write_text(textwrap.dedent(text))
        for file, content in files.items():
            (folder / file.replace("__", ".")).write_text(textwrap.dedent(content))
        return folder

    return write


# --- servers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that has said where it is."""

    process: "subprocess.Popen[str]"
    url: str
    line: str

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: object = None) -> "Said":
        content = None if body is None else json.dumps(body).encode()
        with urllib3.PoolManager(retries=False, cert_reqs="CERT_NONE") as pool:
            answer = pool.request(
                method,
                f"{self.url}{path}",
                headers={"Content-Type": "application/json", **(headers or {})},
                body=content,
            )
            return Said(status=answer.status, headers=dict(answer.headers), text=answer.data.decode())

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Exit code, and all that stands on standard error."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    status: int
    headers: Mapping[str, str]
    text: str


Start = Callable[..., Running]


@pytest.fixture
def start(mlproj: Program) -> Iterator[Start]:
    """Starts a server on a free port, and waits for its first line."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str, name: str = "server", port: str = "0", environ: Mapping[str, str] | None = None) -> Running:
        process = mlproj.start(name, "-p", port, *words, environ=environ)
        started.append(process)
        assert process.stdout
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        return Running(process=process, url=line.rpartition(" ")[2].strip(), line=line)

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
