"""Guards and tools for every test: nothing touches the home directory, and git has an author."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
PACKAGE_CACHE = REPOSITORY / ".cache" / "uv"
FOREIGN = ("MLFLOW_", "MLPROJ_", "GIT_", "GITHUB_", "GITLAB_", "CI_", "CONDA_", "VIRTUAL_ENV", "PYTHONPATH")
KEPT = ("GIT_SSL_CAINFO",)


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
