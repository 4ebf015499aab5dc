"""Tools for the environment tests: a project, tiny packages, and indexes to have them from. Nothing needs a network."""

import base64
import contextlib
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlproj.config import Settings, load_settings
from mlproj.envs.building import ensure
from mlproj.envs.locking import lock
from mlproj.envs.specs import spec_for
from mlproj.envs.values import Environment, EnvSpec, Lock, LockPolicy
from mlproj.project.model import EnvDeclaration, EnvKind, Project

BACKEND = '''\
"""A build backend without dependencies: wheels of one module."""
import base64, hashlib, os, pathlib, zipfile

NAME, VERSION, REQUIRES = {name!r}, {version!r}, {requires!r}

def _write(directory, editable):
    {before_build}
    path = os.path.join(directory, f"{{NAME}}-{{VERSION}}-py3-none-any.whl")
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n"
    metadata += "".join(f"Requires-Dist: {{r}}\\n" for r in REQUIRES)
    tags = "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files = {{f"{{info}}/METADATA": metadata, f"{{info}}/WHEEL": tags}}
    if editable:
        files[f"{{NAME}}.pth"] = os.getcwd() + "\\n"
    else:
        files[f"{{NAME}}.py"] = pathlib.Path(f"{{NAME}}.py").read_text()
    with zipfile.ZipFile(path, "w") as wheel:
        record = ""
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{{name}},sha256={{digest}},{{len(text.encode())}}\\n"
        wheel.writestr(f"{{info}}/RECORD", record + f"{{info}}/RECORD,,\\n")
    return os.path.basename(path)

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return _write(directory, False)

def build_editable(directory, config_settings=None, metadata_directory=None):
    return _write(directory, True)
'''
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def write_wheel(directory: Path, name: str, version: str, requires: tuple[str, ...] = (), body: str = "") -> Path:
    """A wheel of one module that knows its version."""
    directory.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n{body}",
        f"{info}/METADATA": metadata + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = directory / f"{name}-{version}-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(zipfile.ZipInfo(file, (2024, 1, 1, 0, 0, 0)), text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(text.encode())}\n"
        wheel.writestr(zipfile.ZipInfo(f"{info}/RECORD", (2024, 1, 1, 0, 0, 0)), f"{record}{info}/RECORD,,\n")
    return path


def write_package(
    directory: Path, name: str, version: str = "1.0", requires: tuple[str, ...] = (), before_build: str = "pass"
) -> Path:
    """The source tree of a package that builds without any other package."""
    directory.mkdir(parents=True, exist_ok=True)
    project = f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {list(requires)!r}\n'
    (directory / "pyproject.toml").write_text(PYPROJECT + project)
    backend = BACKEND.format(name=name, version=version, requires=requires, before_build=before_build)
    (directory / "backend.py").write_text(backend)
    (directory / f"{name}.py").write_text(f"VERSION = {version!r}\n")
    return directory


def write_sdist(directory: Path, tree: Path, name: str, version: str) -> Path:
    """Pack a source tree as a source distribution."""
    path = directory / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tree, f"{name}-{version}")
        data = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
        entry = tarfile.TarInfo(f"{name}-{version}/PKG-INFO")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return path


@dataclass(kw_only=True)
class Bench:
    """A project directory, a directory of wheels that is the only index, and the road from one to an environment."""

    root: Path
    wheels: Path
    environ: dict[str, str]
    lines: list[str] = field(default_factory=list)

    def settings(self, **options: object) -> Settings:
        return load_settings(self.environ, options)

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def project(self, file: str | None = None, kind: EnvKind = EnvKind.PYTHON) -> Project:
        declared = EnvDeclaration(kind=kind, file=self.root / file if file else None, declared=True)
        return Project(root=self.root, file=None, name="demo", environment=declared, entry_points={})

    def spec(
        self, file: str = "python_env.yaml", *, env_manager: str | None = None, settings: Settings | None = None
    ) -> EnvSpec:
        kind = EnvKind.CONDA if file.startswith("conda") else EnvKind.PYTHON
        return spec_for(self.project(file, kind), env_manager=env_manager, settings=settings or self.settings())

    def lock(
        self,
        file: str = "python_env.yaml",
        *,
        policy: LockPolicy | None = None,
        log: Path | None = None,
        **options: object,
    ) -> Lock:
        settings = self.settings(**options)
        return lock(
            self.spec(file, settings=settings),
            policy=policy or LockPolicy(),
            settings=settings,
            on_progress=self.lines.append,
            log=log,
        )

    def build(self, file: str = "python_env.yaml", *, log: Path | None = None, **options: object) -> Environment:
        settings = self.settings(**options)
        spec = self.spec(file, settings=settings)
        found = lock(spec, policy=LockPolicy(), settings=settings, on_progress=self.lines.append, log=log)
        return ensure(spec, found, settings=settings, on_progress=self.lines.append, log=log)

    def python(self, environment: Environment, code: str) -> str:
        """What the environment's Python prints, with its variables and nothing sourced."""
        from mlproj.system.processes import run_program

        kept = {key: value for key, value in self.environ.items() if key not in environment.unset}
        environ: Mapping[str, str] = {**kept, **environment.variables}
        return run_program(["python", "-c", code], environ=environ, cwd=self.root).stdout.strip()


@pytest.fixture
def bench(tmp_path: Path, environment: Path) -> Bench:
    """A project with ugly characters in its path, and an index that holds `alpha` 1.0 and 2.0 and `beta` 1.0."""
    root = tmp_path / "a project's $(dir) é"
    root.mkdir()
    wheels = tmp_path / "wheels"
    write_wheel(wheels, "alpha", "1.0")
    write_wheel(wheels, "alpha", "2.0")
    write_wheel(wheels, "beta", "1.0", requires=("alpha",))
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}  # noqa: TID251 - a guard's
    return Bench(root=root, wheels=wheels, environ={**environ, **pip})


@pytest.fixture
def conda(bench: Bench, conda_channels: Path) -> Bench:
    """The same with conda channels: `conda-forge` has python, pip, greet and others; `other` has a newer greet."""
    return bench


@pytest.fixture
def wheel() -> Callable[..., Path]:
    return write_wheel


@pytest.fixture
def package() -> Callable[..., Path]:
    return write_package


@pytest.fixture
def sdist() -> Callable[..., Path]:
    return write_sdist


class IndexServer(http.server.ThreadingHTTPServer):
    """A package index of one package, `alpha`; `password` guards it, `dates` are when its versions came."""

    def __init__(self, files: Path, *, dates: Mapping[str, str], password: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), IndexRequest)
        self.files = files
        self.authorization = f"Basic {base64.b64encode(f'ada:{password}'.encode()).decode()}" if password else None
        entries = []
        for version, date in dates.items():
            path = write_wheel(files, "alpha", version)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            entry = {"filename": path.name, "url": f"/{path.name}", "hashes": {"sha256": digest}, "upload-time": date}
            entries.append(entry)
        self.page = {"meta": {"api-version": "1.1"}, "name": "alpha", "files": entries, "versions": list(dates)}


class IndexRequest(http.server.BaseHTTPRequestHandler):
    server: IndexServer

    def do_GET(self) -> None:
        if self.server.authorization not in {None, self.headers.get("Authorization")}:
            self._answer(401, "text/plain", b"who are you?")
        elif self.path.startswith("/simple/alpha"):
            self._answer(200, "application/vnd.pypi.simple.v1+json", json.dumps(self.server.page).encode())
        elif self.path.endswith(".whl"):
            self._answer(200, "application/octet-stream", (self.server.files / Path(self.path).name).read_bytes())
        else:
            self._answer(404, "text/plain", b"no such page")

    def _answer(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class says so
        pass


@contextlib.contextmanager
def serve_index(server: IndexServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    server.server_close()
    thread.join()


DATES = {"1.0": "2021-01-01T00:00:00Z", "2.0": "2023-01-01T00:00:00Z"}


@pytest.fixture
def dated_index(tmp_path: Path) -> Iterator[str]:
    """The URL of an index that says when each file was uploaded: alpha 1.0 in 2021, 2.0 in 2023."""
    with serve_index(IndexServer(tmp_path / "dated", dates=DATES)) as url:
        yield url


@pytest.fixture
def guarded_index(tmp_path: Path) -> Iterator[str]:
    """The URL of an index that lets in only `ada` with the password `s3cret-word`."""
    with serve_index(IndexServer(tmp_path / "guarded", dates=DATES, password="s3cret-word")) as url:
        yield url
