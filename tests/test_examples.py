"""Every example project runs through the installed program."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "example_projects"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mlproj", *words], capture_output=True, text=True, check=False)


def runs() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("runs", "list", "--json").stdout)
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The examples in a directory of the test's own."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__")))


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == {
        "conda",
        "docker",
        "elasticnet",
        "minimal",
        "multistep",
    }


@pytest.mark.parametrize("name", ["conda", "docker", "elasticnet", "minimal", "multistep"])
def test_every_example_is_valid(copy: Path, name: str) -> None:
    done = run("validate", str(copy / name), "--strict")
    assert done.returncode == 0, done.stdout + done.stderr


def test_minimal(copy: Path) -> None:
    done = run("run", str(copy / "minimal"), "-P", "name=you & me")
    assert (done.returncode, done.stdout) == (0, "Hello, you & me!\n")


def test_multistep_makes_a_run_for_each_step(copy: Path) -> None:
    done = run("run", str(copy / "multistep"), "-P", "count=4", "--env-manager", "local")
    assert done.returncode == 0, done.stderr
    assert "total 10" in done.stdout
    found = {found["tags"]["mlflow.project.entryPoint"]: found for found in runs()}
    assert set(found) == {"main", "generate", "sum"}
    for step in ("generate", "sum"):
        assert found[step]["tags"]["mlflow.parentRunId"] == found["main"]["run_id"]
    assert {item["status"] for item in found.values()} == {"FINISHED"}


def test_elasticnet_logs_through_the_stock_client_at_a_commit_too(copy: Path) -> None:
    folder = copy / "elasticnet"
    done = run("run", str(folder), "-P", "alpha=5.1")
    assert done.returncode == 0, done.stderr
    (found,) = runs()
    assert found["params"] == {"alpha": "5.1", "l1_ratio": "0.1"}
    assert set(found["metrics"]) == {"mae", "r2", "rmse"}
    assert found["tags"]["mlflow.project.env"] == "virtualenv"
    listed = run("artifacts", "list", found["run_id"], "--json")
    assert "model" in listed.stdout

    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    again = run("run", "--version", "main", f"file://{folder}", "-P", "alpha=5.1")
    assert again.returncode == 0, again.stderr
    newest = runs()[0]
    assert newest["metrics"] == found["metrics"]
    assert newest["tags"]["mlproj.env.key"] == found["tags"]["mlproj.env.key"]
    assert "resolving" not in again.stderr
    assert not [path for path in Path(os.environ["MLPROJ_CACHE_DIR"], "checkouts").iterdir() if path.is_dir()]  # noqa: TID251


def test_conda_without_a_conda_on_the_machine(copy: Path, conda_channels: Path) -> None:
    """Its channel is conda-forge, which the user's .condarc puts elsewhere here."""
    done = run("run", str(copy / "conda"), "-P", "count=3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sum 1.750000\npython 3.")
    (found,) = runs()
    assert (found["status"], found["tags"]["mlflow.project.env"]) == ("FINISHED", "conda")
    again = run("run", str(copy / "conda"))
    assert again.stdout.startswith("sum 1.998047\n")
    assert again.stdout.splitlines()[1] == done.stdout.splitlines()[1]


def test_docker_builds_its_image_and_logs_from_inside(copy: Path, image: str) -> None:
    folder = copy / "docker"
    file = folder / "MLproject"
    file.write_text(file.read_text().replace("python:3.12-slim", image))
    done = run("run", str(folder))
    assert done.returncode == 0, done.stderr
    assert "  1 2\n" in done.stdout
    assert (folder / "counts.txt").read_text() == done.stdout
    (found,) = runs()
    assert found["metrics"] == {"words": 12.0}
    assert found["tags"]["mlflow.project.env"] == "docker"
    assert found["tags"]["mlflow.docker.image.uri"].startswith("mlproj/mlproj-example:build-")
    assert json.loads(found["tags"]["mlproj.resources"]) == {"cpus": 1.0, "memory": 256 << 20}
