"""An installer's failure in a few lines, and what to do next."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.failures import resolve_error, what_matters
from mlproj.envs.fingerprints import content_hash, metadata_hash
from mlproj.envs.platforms import known_platform, this_platform, uv_platform
from mlproj.envs.python.creation import create
from mlproj.envs.python.installer import Task
from mlproj.envs.python.interpreters import Interpreter, running
from mlproj.envs.python.markers import touch
from mlproj.envs.python.pip_config import index_settings
from mlproj.envs.texts import read_text
from mlproj.errors import BuildError, EnvironmentSpecError, ProgramFailedError, UsageError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench


def failed(text: str) -> ProgramFailedError:
    return ProgramFailedError(("uv",), 1, "", text)


def make_task(bench: "Bench", interpreter: Interpreter | None = None) -> Task:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    return Task(
        spec=bench.spec(),
        settings=bench.settings(),
        interpreter=interpreter or running(),
        on_progress=bench.lines.append,
        on_note=bench.lines.append,
    )


def test_chatter_and_credentials_are_left_out() -> None:
    text = "Using Python 3.11\nwarning: x\n  - error: no\n  cause: https://ada:word@host/x\n\nResolved 3 packages\n"
    assert what_matters(failed(text)) == "  - error: no\n  cause: https://host/x"


def test_endless_messages_are_cut_in_the_middle() -> None:
    lines = what_matters(failed("\n".join(f"line {number}" for number in range(200)))).splitlines()
    assert len(lines) == 26
    assert (lines[0], lines[-1]) == ("line 0", "line 199")
    assert "175 lines left out" in "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "environ", "hint"),
    [
        ("No space left on device", {}, "env gc"),
        ("error: dns error", {}, "within reach"),
        ("no solution", {"PIP_PREFER_BINARY": "1"}, "pip's prefer-binary"),
        ("no solution", {}, "None"),
        ("URL dependencies must be expressed as direct requirements", {}, "--installer pip"),
        ("pre-releases weren't enabled", {}, "--pre"),
    ],
)
def test_hints(bench: "Bench", text: str, environ: dict[str, str], hint: str) -> None:
    error = resolve_error(failed(text), make_task(bench), index_settings({**environ, "PIP_CONFIG_FILE": os.devnull}))
    assert hint in str(error.hint)


def test_interpreter_that_virtualenv_refuses(bench: "Bench", tmp_path: Path) -> None:
    nobody = Interpreter(path=tmp_path / "python3.11", version="3.11.0", home=str(tmp_path))
    with pytest.raises(BuildError, match="virtualenv cannot create"):
        create(make_task(bench, nobody), tmp_path / "env")


def test_environment_is_the_one_of_virtualenvs_command_line(bench: "Bench", tmp_path: Path) -> None:
    """It is put together from virtualenv's parts, so whatever its command line would add must be there."""
    bench.write("virtualenv.ini", "[virtualenv]\nsystem-site-packages = true\n")
    bench.environ["VIRTUALENV_CONFIG_FILE"] = str(bench.root / "virtualenv.ini")
    ours, theirs = tmp_path / "ours" / "env", tmp_path / "theirs" / "env"
    create(make_task(bench), ours)
    words = ["--no-seed", "--no-vcs-ignore", "--activators", "bash", "--python", sys.executable, str(theirs)]
    clean = {**bench.environ, "VIRTUALENV_CONFIG_FILE": os.devnull}
    subprocess.run([sys.executable, "-m", "virtualenv", *words], env=clean, check=True, capture_output=True)

    def content(prefix: Path) -> dict[str, str]:
        files = {path.relative_to(prefix).as_posix(): path for path in prefix.rglob("*")}
        return {
            name: str(path.readlink()) if path.is_symlink() else path.read_text().replace(str(prefix), "PREFIX")
            for name, path in files.items()
            if path.is_symlink() or (path.is_file() and path.suffix != ".pyc")
        }

    assert content(ours) == content(theirs)


def test_platforms() -> None:
    assert known_platform(this_platform()) == this_platform()
    assert known_platform("x86_64-unknown-linux-gnu") == "linux-x86_64"
    assert uv_platform("macos-arm64") == "aarch64-apple-darwin"
    with pytest.raises(UsageError, match="no such platform"):
        known_platform("plan9")


def test_fingerprints(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "src" / "é\udcff").write_text("1")
    before = (content_hash(tmp_path), metadata_hash(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_text("")
    (tmp_path / "lib.egg-info").mkdir()
    (tmp_path / "lib.egg-info" / "PKG-INFO").write_text("")
    assert (content_hash(tmp_path), metadata_hash(tmp_path)) == before
    (tmp_path / "src" / "é\udcff").write_text("2")
    assert content_hash(tmp_path) != before[0]
    assert metadata_hash(tmp_path) == before[1]
    (tmp_path / "requirements-dev.txt").write_text("x")
    assert metadata_hash(tmp_path) != before[1]


def test_names_and_contents_are_told_apart(tmp_path: Path) -> None:
    for name, files in (("one", {"ab": "c"}), ("two", {"a": "bc"})):
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    assert content_hash(tmp_path / "one") != content_hash(tmp_path / "two")


def test_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentSpecError, match="cannot be read"):
        read_text(tmp_path / "file" / "below")


def test_cache_on_read_only_ground_is_of_use(tmp_path: Path) -> None:
    touch(tmp_path / "nowhere")
