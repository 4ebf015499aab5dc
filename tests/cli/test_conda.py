"""conda projects through the installed program."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.test_imports import heavy_imports

import mlproj as library

if TYPE_CHECKING:
    from tests.cli.conftest import Program

FILE = "name: x\nconda_env: conda.yaml\nentry_points: {main: {command: 'greet && env'}}\n"


@pytest.fixture
def folder(tmp_path: Path, conda_channels: Path) -> Path:
    root = tmp_path / "a conda $(project) é"
    root.mkdir()
    (root / "MLproject").write_text(FILE)
    (root / "conda.yaml").write_text("channels: [conda-forge]\ndependencies: [python, greet=1.0, libanswer]\n")
    return root


def test_prepare_run_and_what_is_kept(mlproj: "Program", folder: Path) -> None:
    planned = mlproj("run", str(folder), "--dry-run", "--json").json
    assert (planned["env_manager"], planned["environment"]) == ("conda", None)
    prepared = mlproj("prepare", str(folder), "--json").json
    assert (prepared["env_manager"], prepared["reused"]) == ("conda", False)
    assert mlproj("run", str(folder), "--dry-run", "--json").json["environment"] == prepared["environment"]

    done = mlproj("run", str(folder), environ={"VIRTUAL_ENV": "/mine", "CONDA_SHLVL": "7"})
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == f"greetings from {prepared['prefix']}"
    assert f"CONDA_PREFIX={prepared['prefix']}" in lines
    assert "CONDA_SHLVL=1" in lines
    assert not any(line.startswith("VIRTUAL_ENV=") for line in lines)
    (run,) = mlproj("runs", "list", "--json").json
    assert run["tags"]["mlproj.env.key"] == prepared["environment"]
    assert "greet-1.0" in mlproj.artifact("mlproj/pixi.lock")

    (entry,) = mlproj("env", "list", "--json").json
    assert (entry["kind"], entry["installer"], entry["projects"]) == ("conda", "rattler", [str(folder)])
    assert "greet-1.0" in mlproj("env", "show", entry["key"][:8]).out
    assert mlproj("env", "remove", entry["key"]).code == 0
    assert not Path(prepared["prefix"]).exists()


def test_a_warm_run_imports_neither_the_solver_nor_what_it_needs(folder: Path, mlproj: "Program") -> None:
    (folder / "conda.yaml").write_text("dependencies: [libanswer, pip]\n")
    (folder / "MLproject").write_text(FILE.replace("greet && env", "true"))
    assert mlproj("run", str(folder)).code == 0
    assert heavy_imports("run", str(folder), cwd=folder.parent).isdisjoint({"rattler", "asyncio", "packaging", "uv"})


def test_lock_and_locked(mlproj: "Program", folder: Path) -> None:
    (folder / "conda.yaml").write_text("name: n\ndependencies: [libanswer]\n")
    done = mlproj("lock", str(folder), "--cuda", "12.4")
    assert done.code == 0, done.err
    assert "name ignored" in done.err
    text = (folder / "MLproject.lock").read_text()
    assert 'format = "pixi"' in text
    assert "__cuda=12.4" in text
    (folder / "MLproject").write_text(FILE.replace("greet && env", "the-answer"))
    locked = mlproj("run", str(folder), "--locked")
    assert (locked.code, locked.out) == (0, "42\n")
    (folder / "conda.yaml").write_text("dependencies: [libanswer=1.0]\n")
    stale = mlproj("run", str(folder), "--locked")
    assert stale.code == 4
    assert "run 'mlproj lock'" in stale.err


def test_no_solution_fails_the_run_with_the_explanation(mlproj: "Program", folder: Path) -> None:
    (folder / "conda.yaml").write_text("dependencies: [wants-old, wants-new]\n")
    done = mlproj("run", str(folder))
    assert done.code == 4
    assert "the conda packages cannot be resolved" in done.err
    assert "libanswer <2" in done.err
    (run,) = mlproj("runs", "list", "--json").json
    assert (run["status"], run["tags"]["mlproj.failed_in"]) == ("FAILED", "environment")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("dependencies: [python, numpy]\n", ["--env-manager", "virtualenv"], "conda.yaml:1: the env manager"),
        ("dependencies: [a&b]\n", [], "conda.yaml:1: not a match spec"),
        ("dependencies: [python]\n", ["--conda-program", "no-such-conda"], "--conda-program: the conda program"),
        ("dependencies: [python]\n", ["--cuda", "new"], "must be a CUDA version"),
    ],
)
def test_mistakes_make_no_run(mlproj: "Program", folder: Path, text: str, words: list[str], expected: str) -> None:
    (folder / "conda.yaml").write_text(text)
    done = mlproj("run", str(folder), *words)
    assert done.code == 2
    assert expected in done.err
    assert mlproj("runs", "list", "--json").json == []


def test_a_python_project_is_not_conda_s(mlproj: "Program", folder: Path) -> None:
    (folder / "MLproject").write_text(FILE.replace("conda_env: conda.yaml", "python_env: python_env.yaml"))
    (folder / "python_env.yaml").write_text("dependencies: []\n")
    done = mlproj("run", str(folder), "--env-manager", "conda")
    assert done.code == 2
    assert "--env-manager virtualenv" in done.err
    assert mlproj("runs", "list", "--json").json == []


def test_from_python_inside_an_event_loop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook has a loop that runs already; a run in a thread has no signals."""
    import asyncio

    (folder / "MLproject").write_text(FILE.replace("greet && env", "test $ANSWER_VERSION = 2.0"))

    async def inside() -> str:
        done = await asyncio.to_thread(library.run, str(folder))
        return str(library.run(str(folder)).get_status()) + str(done.get_status())

    assert asyncio.run(inside()).count("FINISHED") == 2


def test_in_use_is_kept(mlproj: "Program", folder: Path) -> None:
    (folder / "MLproject").write_text(FILE.replace("greet && env", "sleep 60"))
    run_id = mlproj("run", str(folder), "--detach").out.strip()
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline and not any(e["in_use"] for e in mlproj("env", "list", "--json").json):
            time.sleep(0.1)
        removed = mlproj("env", "gc", "--older-than", "0s", "--json").json
        assert removed["removed"] == []
        assert [entry["kind"] for entry in removed["in_use"]] == ["conda"]
    finally:
        mlproj("runs", "cancel", run_id)
