"""Past runs that mlproj did not make, or not in an environment of its own."""

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uv
from tests.envs.conftest import write_wheel

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


def test_a_run_in_the_users_own_environment_is_built_from_its_packages(
    mlproj: "Program", project: "Write", tmp_path: Path
) -> None:
    folder = project(
        """
        name: own
        entry_points:
          main:
            command: "python -c 'import planted; print(planted.VERSION)' > out.txt"
            outputs: [out.txt]
        """
    )
    wheel = write_wheel(tmp_path / "wheels", "planted", "1.0")
    for words in (["venv", "-q", "mine"], ["pip", "install", "-q", "--python", "mine", str(wheel)]):
        subprocess.run([uv.find_uv_bin(), *words], cwd=tmp_path, check=True)
    path = f"{tmp_path / 'mine' / 'bin'}{os.pathsep}{mlproj.environ(None)['PATH']}"
    done = mlproj("run", "project", "--env-manager", "local", "--json", environ={"PATH": path})
    assert done.code == 0, done.err
    assert (folder / "out.txt").read_text() == "1.0\n"
    first = done.json["run_id"]
    write_wheel(tmp_path / "wheels", "planted", "2.0")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    done = mlproj("reproduce", first, "--env-manager", "virtualenv", environ=offline)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    assert f"the environment is built from the packages that run {first[:8]} had" in done.err
    assert "nothing to build" not in done.err
    wheel.unlink()
    empty = {"MLPROJ_CACHE_DIR": str(tmp_path / "empty"), "UV_CACHE_DIR": str(tmp_path / "empty uv")}
    done = mlproj("reproduce", first, "--env-manager", "virtualenv", environ={**offline, **empty})
    assert done.code == 4, done.out + done.err
    assert "cannot reproduce" in done.out


def test_a_run_that_mlflow_made_is_reproduced_from_its_tags(
    mlproj: "Program", project: "Write", genuine: Any, tmp_path: Path
) -> None:
    folder = project(
        """
        name: theirs
        entry_points:
          main:
            parameters: {alpha: {type: float, default: 0.5}}
            command: "python train.py {alpha}"
        """,
        train__py="import mlflow, sys\nmlflow.log_metric('loss', float(sys.argv[1]) * 2)\n",
    )
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    path = f"{genuine.python.parent}{os.pathsep}{mlproj.environ(None)['PATH']}"
    environ = {"PATH": path, "MLFLOW_TRACKING_URI": genuine.url, "MLFLOW_DISABLE_TELEMETRY": "true"}
    asked = [str(genuine.python), "-m", "mlflow", "run", str(folder), "-P", "alpha=0.25", "--env-manager", "local"]
    made = subprocess.run(asked, cwd=tmp_path, env=mlproj.environ(environ), capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (first,) = mlproj("runs", "list", "--json", environ=environ).json
    done = mlproj("reproduce", first["run_id"], "--env-manager", "local", environ=environ)
    assert done.code == 0, done.out + done.err
    assert done.out.startswith("partial record\n")
    assert "metric loss" in done.out
    assert "verdict: identical" in done.out
    tags = mlproj("runs", "show", first["run_id"], "--json", environ=environ).json["tags"]
    assert tags["mlproj.verdict"] == "identical"
