"""Docker projects, and the engine that they run in."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import container_images

Project = Callable[..., Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a call of the program left."""

    code: int
    out: str
    err: str


class Containers:
    """The program, in a directory of the test's own, and what the engine holds of its runs."""

    def __init__(self, image: str, directory: Path) -> None:
        self.image = image
        self.directory = directory
        self.client: Any = container_images.engine()

    def run(self, folder: Path, *words: str, **options: Any) -> Done:
        return self("run", str(folder), *words, **options)

    def __call__(self, *words: str, environ: Mapping[str, str] | None = None, stdin: str | None = None) -> Done:
        done = subprocess.run(
            ["mlproj", *words],
            cwd=self.directory,
            env=self.environ(environ),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *words: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["mlproj", *words],
            cwd=self.directory,
            env=self.environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**os.environ, **(more or {})}  # noqa: TID251 - the guard has cleaned it

    def runs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("runs", "list", "--json").out)
        return found

    def only_run(self) -> dict[str, Any]:
        (run,) = self.runs()
        return run

    def no_runs(self) -> bool:
        return self.runs() == []

    def artifact(self, name: str) -> str:
        run = self.only_run()
        home = Path(self.environ()["MLPROJ_HOME"])
        return Path(home, "artifacts", run["experiment_id"], run["run_id"], "artifacts", name).read_text()

    def left(self) -> list[str]:
        """Containers of this test's runs that are still there, running or not."""
        ids = {run["run_id"] for run in self.runs()}
        found = self.client.api.containers(all=True, filters={"label": "mlproj.run"})
        return [facts["Id"] for facts in found if facts["Labels"]["mlproj.run"] in ids]


@pytest.fixture
def containers(image: str, tmp_path: Path) -> Iterator[Containers]:
    made = Containers(image, tmp_path)
    yield made
    made.client.close()


@pytest.fixture
def project(image: str, tmp_path: Path) -> Project:
    """Writes a Docker project whose one command is given."""

    def write(
        command: str,
        *,
        docker: str = "",
        files: Mapping[str, str] | None = None,
        image: str = image,
        name: str = "pro ject",
        **entry: str,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        lines = ["name: demo", "docker_env:"]
        lines += [f"  image: {json.dumps(image)}"] if image else []
        lines += [f"  {line}" for line in textwrap.dedent(docker).splitlines()]
        lines += ["entry_points:", "  main:", f"    command: {json.dumps(command)}"]
        lines += [f"    {key}: {value}" for key, value in entry.items()]
        (folder / "MLproject").write_text("\n".join(lines) + "\n")
        for file, content in (files or {}).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(textwrap.dedent(content))
        return folder

    return write


@pytest.fixture
def registry(tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[str]:
    """A registry on the loopback; gives its host and port."""
    program = shutil.which("docker-registry")
    require(program, "docker-registry")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    file = tmp_path / "registry.yml"
    file.write_text(json.dumps(config))
    process = subprocess.Popen([str(program), "serve", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.05)
    yield f"localhost:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def nobody(containers: Containers, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a project as another user than root, who is in the group of the engine's socket.

    He may read everything, since the interpreter of the tests may lie in root's home.
    """
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        home = tmp_path / "home of nobody"
        home.mkdir(exist_ok=True)
        home.chmod(0o777)
        places = {"HOME": home, "MLPROJ_HOME": home / "h", "MLPROJ_CACHE_DIR": home / "c"}
        group = Path("/var/run/docker.sock").stat().st_gid
        become = ["setpriv", "--reuid=12345", "--regid=12345", f"--groups={group}"]
        become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        return subprocess.run(
            [*become, "mlproj", "run", str(folder), *words],
            env=containers.environ({name: str(place) for name, place in places.items()}),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
