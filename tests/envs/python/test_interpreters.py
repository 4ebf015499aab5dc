"""Which interpreters are found, and which is taken. The fakes are programs that answer as a Python would."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.python.interpreters import candidates, find, installed, running
from mlproj.errors import InterpreterError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

ME = ".".join(map(str, sys.version_info[:3]))


def fake(path: Path, version: str, *, name: str = "cpython", venv: bool = False, no_gil: bool = False) -> Path:
    """A program that says it is that Python, and counts how often it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    home = str(path.parent.parent)
    answer = json.dumps([name, version, home, f"{home}/venv" if venv else home, no_gil])
    path.write_text(f"#!/bin/sh\necho asked >> '{path}.asked'\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def asked(path: Path) -> int:
    counter = Path(f"{path}.asked")
    return counter.read_text().count("asked") if counter.exists() else 0


def take(bench: "Bench", request: str | None, **options: object) -> str:
    settings = bench.settings(python_download=False, **options)
    return find(request, settings=settings, on_progress=bench.lines.append).version


@pytest.fixture
def pyenv(bench: "Bench", tmp_path: Path) -> Path:
    """A pyenv with three versions behind shims that know none of them; nothing else is in sight."""
    root = tmp_path / "pyenv"
    shims = root / "shims"
    for version in ("3.77.1", "3.77.10", "3.78.0"):
        fake(root / "versions" / version / "bin" / "python3", version)
    fake(shims / "python3.77", "9.9.9").write_text(
        "#!/bin/sh\necho 'pyenv: python3.77: command not found' >&2\nexit 127\n"
    )
    bench.environ |= {"PYENV_ROOT": str(root), "PATH": f"{shims}{os.pathsep}{bench.environ['PATH']}"}
    return root


def test_without_a_request_it_is_the_one_that_runs_mlproj(bench: "Bench") -> None:
    assert take(bench, None) == ME
    assert take(bench, ME) == ME
    assert take(bench, f">={sys.version_info[0]}.{sys.version_info[1]}") == ME
    assert running().path == Path(sys.executable)


@pytest.mark.parametrize(
    ("request_", "version"),
    [
        ("3.77", "3.77.10"),
        ("3.77.1", "3.77.1"),
        ("3.77.*", "3.77.10"),
        (">3.77,<3.78", "3.77.10"),
        (">=3.77", "3.78.0"),
        ("3.78", "3.78.0"),
    ],
)
def test_newest_that_fits_is_taken_behind_pyenv_shims(bench: "Bench", pyenv: Path, request_: str, version: str) -> None:
    assert take(bench, request_) == version


def test_uv_directories_and_ours(bench: "Bench", tmp_path: Path) -> None:
    fake(tmp_path / "uv" / "cpython-3.79.0-linux" / "bin" / "python3", "3.79.0")
    bench.environ["UV_PYTHON_INSTALL_DIR"] = str(tmp_path / "uv")
    fake(bench.settings().cache_dir / "pythons" / "conda-3.80.1" / "bin" / "python3", "3.80.1")
    assert (take(bench, "3.79"), take(bench, "3.80")) == ("3.79.0", "3.80.1")


def test_home_of_the_user_is_looked_at(bench: "Bench", tmp_path: Path) -> None:
    fake(tmp_path / "ada" / ".local/share/uv/python/x/bin/python3", "3.81.0")
    fake(tmp_path / "ada" / ".pyenv/versions/3.82.0/bin/python3", "3.82.0")
    bench.environ["HOME"] = str(tmp_path / "ada")
    for name in ("PYENV_ROOT", "XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR"):
        bench.environ.pop(name, None)
    assert (take(bench, "3.81"), take(bench, "3.82")) == ("3.81.0", "3.82.0")


def test_path_is_looked_at(bench: "Bench", tmp_path: Path) -> None:
    fake(tmp_path / "bin" / "python3.83", "3.83.0")
    fake(tmp_path / "bin" / "python3.84-config", "3.84.0")
    bench.environ["PATH"] = f"/no/such/place{os.pathsep}{tmp_path / 'bin'}{os.pathsep}{bench.environ['PATH']}"
    assert take(bench, "3.83") == "3.83.0"
    with pytest.raises(InterpreterError):
        take(bench, "3.84")


def test_without_home_and_path(bench: "Bench") -> None:
    for name in ("HOME", "PATH", "PYENV_ROOT"):
        bench.environ.pop(name, None)
    assert take(bench, None) == ME
    assert any(str(path).startswith("/usr/") for path in candidates(bench.settings()))


def test_each_is_asked_once_until_it_changes(bench: "Bench", tmp_path: Path) -> None:
    path = fake(tmp_path / "bin" / "python3.77", "3.77.1")
    bench.environ["PATH"] = str(tmp_path / "bin")
    take(bench, "3.77")
    take(bench, "3.77")
    assert asked(path) == 1
    fake(path, "3.77.200")
    assert take(bench, "3.77") == "3.77.200"
    assert asked(path) == 2


def test_damaged_cache_of_answers(bench: "Bench", tmp_path: Path) -> None:
    fake(tmp_path / "bin" / "python3.77", "3.77.1")
    bench.environ["PATH"] = str(tmp_path / "bin")
    cache = bench.settings().cache_dir
    cache.mkdir(parents=True)
    for text in ("not json", "[]", "{}"):
        (cache / "interpreters.json").write_text(text)
        assert take(bench, "3.77") == "3.77.1"


def test_answers_that_cannot_be_kept_are_no_reason_to_stop(bench: "Bench", tmp_path: Path) -> None:
    fake(tmp_path / "bin" / "python3.77", "3.77.1")
    (tmp_path / "file").touch()
    bench.environ |= {"PATH": str(tmp_path / "bin"), "MLPROJ_CACHE_DIR": str(tmp_path / "file" / "cache")}
    assert take(bench, "3.77") == "3.77.1"


def test_what_is_not_for_us(bench: "Bench", tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    fake(folder / "python3.70", "3.70.0", name="pypy")
    fake(tmp_path / "venv" / "bin" / "python3.71", "3.71.0", venv=True)
    fake(tmp_path / "nogil" / "bin" / "python3.72", "3.72.0", no_gil=True)
    fake(tmp_path / "old" / "bin" / "python3", "3.5.0")
    fake(tmp_path / "broken" / "bin" / "python3.73", "3.73.0").write_text("#!/bin/sh\nexit 1\n")
    (folder / "python3.74").symlink_to("/no/such/file")
    fake(tmp_path / "mute" / "bin" / "python3.75", "3.75.0").write_text("#!/no/such/shell\n")
    folders = [folder, *(tmp_path / name / "bin" for name in ("venv", "nogil", "old", "broken", "mute"))]
    bench.environ["PATH"] = os.pathsep.join(map(str, folders))

    found = {interpreter.version for interpreter in installed(bench.settings())}

    assert not found & {f"3.{minor}.0" for minor in (5, *range(70, 76))}
    assert ME in found


def test_download_forbidden(bench: "Bench", pyenv: Path) -> None:
    with pytest.raises(InterpreterError) as caught:
        take(bench, "3.99")
    assert caught.value.exit_code == 4
    assert "Python 3.99 is not on this machine" in str(caught.value)
    assert "3.77.10" in str(caught.value)
    assert "python_download" in str(caught.value)
