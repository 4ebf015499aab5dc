"""Guards and tools for every test: nothing touches the home directory, and git has an author."""

import os
import platform
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import urllib3
import uv
from hypothesis import settings
from tests import container_images

from mlproj.config import process_environment
from mlproj.system.locks import hold

REPOSITORY = Path(__file__).parent.parent
PACKAGE_CACHE = REPOSITORY / ".cache" / "uv"
FOREIGN = ("MLFLOW_", "MLPROJ_", "GIT_", "GITHUB_", "GITLAB_", "CI_", "CONDA_", "VIRTUAL_ENV", "PYTHONPATH")
KEPT = ("GIT_SSL_CAINFO",)

# A busy machine is no failure, and a run of CI has to be one that can be repeated.
settings.register_profile("mlproj", deadline=None, derandomize="CI" in os.environ)  # noqa: TID251
settings.load_profile("mlproj")


# Shells (`&`, nohup) start programs with signals ignored, and every program of a test would inherit that.
for number, action in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, action)


@pytest.fixture
def require() -> Callable[[object, str], None]:
    """Skips a test whose service is missing; in CI that is a failure."""

    def check(there: object, what: str) -> None:
        if not there:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{what} is not here")  # noqa: TID251

    return check


@pytest.fixture(scope="session")
def conda_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Conda channels `conda-forge` and `other`, made once for all workers, with a cache of their unpacked packages."""
    from tests.conda_channel import build_channels

    from mlproj.system.locks import hold

    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "conda channels"  # noqa: TID251
    with hold(root.with_suffix(".lock")):
        if not (root / "ready").exists():
            build_channels(root)
            (root / "packages").mkdir()
            (root / "ready").touch()
    return root


@pytest.fixture
def conda_channels(conda_root: Path, environment: Path) -> Path:
    """The channels, as the user's .condarc names them: `conda-forge` is one of them, and nothing is out there."""
    (environment / ".condarc").write_text(f"channel_alias: {conda_root.as_uri()}\n")
    cache = environment / "mlproj-cache"
    cache.mkdir()
    (cache / "conda-packages").symlink_to(conda_root / "packages")
    return conda_root


@pytest.fixture(autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, and none of the variables that change what we do; gives the home."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):  # noqa: TID251 - a guard cleans what others read
        if name.startswith(FOREIGN) and name not in KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLPROJ_HOME", str(home / "mlproj-home"))
    monkeypatch.setenv("MLPROJ_CACHE_DIR", str(home / "mlproj-cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(PACKAGE_CACHE))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        monkeypatch.setenv(f"GIT_{role}_DATE", "2024-05-01T12:00:00Z")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # noqa: TID251
    return home


# --- a genuine MLflow server -----------------------------------------------------------------------------------------

GENUINE = ("mlflow==3.17.2",)
START_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    url: str
    home: Path
    python: Path

    def empty(self) -> None:
        """As it was when it started: the server keeps nothing in memory."""
        with closing(sqlite3.connect(self.home / "mlflow.db", timeout=60)) as sql, sql:
            tables = [row[0] for row in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                if table not in {"alembic_version", "experiments", "workspaces"}:
                    sql.execute(f'DELETE FROM "{table}"')
            sql.execute("DELETE FROM experiments WHERE experiment_id <> 0")
            sql.execute("UPDATE experiments SET lifecycle_stage = 'active'")
        shutil.rmtree(self.home / "artifacts", ignore_errors=True)


def _ask_for_genuine() -> None:
    if "true" not in {os.environ.get("CI"), os.environ.get("GENUINE")}:  # noqa: TID251 - it takes minutes
        pytest.skip("set GENUINE=true to test with a genuine MLflow")


@pytest.fixture
def genuine_python() -> Path:
    """An interpreter with all of MLflow, and with what its models are made of."""
    _ask_for_genuine()
    return _genuine_python()


@pytest.fixture
def genuine(request: pytest.FixtureRequest) -> Genuine:
    """The server, as new. It takes minutes to install and to test against, so it is for CI and those who ask."""
    _ask_for_genuine()
    found = cast("Genuine", request.getfixturevalue("genuine_server"))
    found.empty()
    return found


@pytest.fixture(scope="session")
def genuine_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Genuine]:
    """An MLflow server over a database of its own; it is installed once, which takes a while."""
    python = _genuine_python()
    home = tmp_path_factory.mktemp("mlflow")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ["server", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)]
    stores = ["--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--artifacts-destination", str(home / "artifacts")]
    environ = {"PATH": f"{python.parent}:{os.defpath}", "HOME": str(home), "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(python), "-m", "mlflow", *arguments, *stores],
            cwd=home,
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, home / "log")
            yield Genuine(url=url, home=home, python=python)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _genuine_python() -> Path:
    """The interpreter of an environment with MLflow, kept between test runs."""
    root = REPOSITORY / ".cache" / "clients" / "mlflow-3.17.2"
    marker = root / "complete"
    wanted = "\n".join((platform.python_version(), *GENUINE))
    with hold(root.with_name(f"{root.name}.lock")):
        if not marker.is_file() or marker.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(root, ignore_errors=True)
            environ = {**process_environment(), "UV_CACHE_DIR": str(REPOSITORY / ".cache" / "uv")}
            for arguments in (
                ("venv", "--quiet", "--python", sys.executable, str(root)),
                ("pip", "install", "--quiet", "--python", str(root / "bin" / "python"), *GENUINE),
            ):
                subprocess.run([uv.find_uv_bin(), *arguments], env=environ, check=True, capture_output=True)
            marker.write_text(wanted, encoding="utf-8")
    return root / "bin" / "python"


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    with urllib3.PoolManager(retries=False) as pool:
        while time.monotonic() < until and process.poll() is None:
            with suppress(urllib3.exceptions.HTTPError):
                if pool.request("GET", f"{url}/health").data == b"OK":
                    return
            time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def made_image() -> str | None:
    """The image that container tests run in, made once per machine; None where that cannot be."""
    return container_images.base_image(REPOSITORY / ".cache")


@pytest.fixture
def image(made_image: str | None, require: Callable[[object, str], None]) -> str:
    """A Debian with Python, on the container engine of this machine."""
    require(made_image, "a container engine (scripts/docker-engine), or debootstrap to make an image,")
    return made_image or ""
