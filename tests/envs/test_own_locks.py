"""Locks of the project's own that are damaged or too new, and what --locked may take."""

from typing import TYPE_CHECKING

import pytest

from mlproj.envs.project_lock import lock_project
from mlproj.envs.specs import spec_for
from mlproj.envs.values import LockPolicy
from mlproj.errors import EnvironmentSpecError, LockTooNewError, StaleLockError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

LOCKED = LockPolicy(locked=True)
CONFLICT = "version = 1\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"


def write_lock(bench: "Bench") -> str:
    """What `mlproj lock` does."""
    spec = spec_for(bench.project("python_env.yaml"), env_manager=None, settings=bench.settings(), check_locks=False)
    return lock_project(spec, settings=bench.settings(), on_progress=bench.lines.append).file.read_text()


@pytest.mark.parametrize("text", ["", "rubbish", CONFLICT, "version = 1\nlock = 3\n", "version = 1\n[[lock]]\n", "\0"])
def test_damaged_lock_is_refused_before_a_run_and_written_anew(bench: "Bench", text: str) -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    bench.write("MLproject.lock", text)
    with pytest.raises(EnvironmentSpecError, match=r"MLproject\.lock"):
        bench.spec()

    assert "alpha==2.0" in write_lock(bench)

    assert any("written anew" in line for line in bench.lines)
    assert bench.lock(policy=LOCKED).origin == "project"


def test_lock_of_a_newer_mlproj_is_left_alone(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    file = bench.write("MLproject.lock", "version = 2\nfuture = true\n")
    with pytest.raises(LockTooNewError, match="newer mlproj"):
        bench.spec()
    with pytest.raises(LockTooNewError, match="remove the file"):
        write_lock(bench)
    assert file.read_text() == "version = 2\nfuture = true\n"


def test_lock_that_is_a_directory(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    (bench.root / "MLproject.lock").mkdir()
    with pytest.raises(EnvironmentSpecError, match="is a directory"):
        bench.spec()
    with pytest.raises(EnvironmentSpecError, match="is a directory"):
        write_lock(bench)


@pytest.mark.parametrize(
    ("text", "says"), [("junk", "no lock of uv"), (CONFLICT, r"uv\.lock:2: holds a merge conflict")]
)
def test_damaged_uv_lock(bench: "Bench", text: str, says: str) -> None:
    bench.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1"\ndependencies = ["alpha"]\n')
    bench.write("uv.lock", text)
    with pytest.raises(EnvironmentSpecError, match=says):
        bench.spec("pyproject.toml")


def test_local_reads_no_lock(bench: "Bench") -> None:
    bench.write("MLproject.lock", "junk")
    assert bench.spec(env_manager="local").manager == "local"


def test_locked_takes_a_remembered_lock_where_the_project_brings_none(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    resolved = bench.lock()

    assert bench.lock(policy=LOCKED).payload == resolved.payload

    bench.write("python_env.yaml", "dependencies: [beta]\n")
    with pytest.raises(StaleLockError):
        bench.lock(policy=LOCKED)


def test_locked_with_update_resolves_nothing(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    bench.lock()
    with pytest.raises(StaleLockError):
        bench.lock(policy=LockPolicy(locked=True, update=True))


def test_locked_takes_no_remembered_lock_beside_a_stale_one(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    write_lock(bench)
    bench.write("python_env.yaml", "dependencies: [beta]\n")
    bench.lock()
    with pytest.raises(StaleLockError) as caught:
        bench.lock(policy=LOCKED)
    assert caught.value.exit_code == 4
