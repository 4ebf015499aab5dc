"""Jobs in directories with ugly names, and both ways to start a shim."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlproj.backends.base import Backend, Job, JobHandle
from mlproj.backends.local import SHIM, LocalBackend
from mlproj.config import process_environment

MEASURED_SHIM = (
    sys.executable,
    "-c",
    "import sys; from mlproj.backends.shepherd import main; main(int(sys.argv[1]), int(sys.argv[2]))",
)
"""The shim as an ordinary program, so that coverage sees it."""


@dataclass
class Output:
    """What a job gave."""

    code: int = -1
    streams: dict[str, bytes] = field(default_factory=dict)

    def take(self, stream: str, data: bytes) -> None:
        self.streams[stream] = self.streams.get(stream, b"") + data

    @property
    def stdout(self) -> bytes:
        return self.streams.get("stdout", b"")

    @property
    def stderr(self) -> bytes:
        return self.streams.get("stderr", b"")

    @property
    def terminal(self) -> bytes:
        return self.streams.get("terminal", b"").replace(b"\r\n", b"\n")


@dataclass
class Place:
    """Submits jobs to one backend from one directory."""

    backend: Backend
    cwd: Path
    directory: Path

    def submit(self, command: str, *, environ: Mapping[str, str] | None = None, **changes: object) -> JobHandle:
        fields: dict[str, object] = {
            "run_id": "run1",
            "command": command,
            "cwd": self.cwd,
            "environ": process_environment() if environ is None else environ,
            "directory": self.directory,
            "grace": 0.3,
        }
        return self.backend.submit(Job(**(fields | changes)))  # type: ignore[arg-type] # fields of the right types

    def run(self, command: str, **changes: object) -> Output:
        return follow(self.submit(command, **changes))  # type: ignore[arg-type]


def follow(handle: JobHandle, poll: Callable[[], bool] = lambda: False) -> Output:
    output = Output()
    output.code = handle.wait(output.take, poll=poll)
    return output


@pytest.fixture(params=["shim", "measured"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    shim = SHIM if request.param == "shim" else MEASURED_SHIM
    cwd = tmp_path / "a b\n'$(rm -rf x)\" ü🦆"
    cwd.mkdir()
    backend = LocalBackend(shim=shim, patience=0.3, linger=0.3)
    return Place(backend=backend, cwd=cwd, directory=tmp_path / "jobs" / "one")


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is true, and fail when that takes too long."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    return wait
