"""A user without an account and without a home, as containers have them: nothing is left in the project."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

SOURCE = Path(__file__).parents[2] / "src"
CODE = "from mlproj.cli.app import run; import sys; sys.exit(run(sys.argv[1:]))"


def python_for_others() -> str | None:
    """A Python like ours that others may run; ours often stands in a home that is closed to them."""
    ours = Path(sys.executable).resolve()
    for path in (ours, Path(f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}")):
        if path.exists() and all(place.stat().st_mode & 0o001 for place in (path, *path.parents)):
            return str(path)
    return None


@pytest.mark.parametrize("installer", ["uv", "pip"])
@pytest.mark.parametrize("user", [12345, 65534])
def test_builds_and_leaves_nothing_in_the_project(
    bench: "Bench", user: int, installer: str, require: Callable[[object, str], None]
) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can be somebody else")
    require(shutil.which("setpriv"), "setpriv")
    python = python_for_others()
    if python is None:
        pytest.skip("no Python that others may run")
    bench.write("python_env.yaml", "dependencies: [beta]\n")
    bench.write("MLproject", "entry_points: {main: {command: 'python -c \"import alpha, beta\"'}}\n")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own directories are closed to others
        run_as(user, bench, python=python, installer=installer, place=Path(folder))


def run_as(user: int, bench: "Bench", *, python: str, installer: str, place: Path) -> None:
    project, wheels, scratch = place / "a project", place / "wheels", place / "scratch"
    place.chmod(0o755)
    shutil.copytree(bench.root, project)
    shutil.copytree(bench.wheels, wheels)
    scratch.mkdir()
    for path in (project, scratch):
        path.chmod(0o777)
    before = sorted(path.name for path in project.iterdir())

    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    done = subprocess.run(
        [*as_user, python, "-c", CODE, "run", ".", "--installer", installer],
        cwd=project,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": os.pathsep.join([sysconfig.get_path("purelib"), str(SOURCE)]),
            "TMPDIR": str(scratch),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in project.iterdir()) == before
    assert [path.name for path in scratch.iterdir()] == [f"mlproj-{user}"]
