import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.config import load_settings
from mlproj.project.loading import load
from mlproj.runner.checking import check_project
from mlproj.runner.fixing import with_input_hash, with_seed

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write

GOOD = """
    name: good
    python_env: python_env.yaml
    entry_points:
      main:
        command: "python train.py"
        outputs: [out.txt]
        seed: 1
"""


def found(folder: Path, *, version: str | None = None, **environ: str) -> list[str]:
    settings = load_settings(environ=environ)
    return [str(one.check) for one in check_project(load(folder).project, settings=settings, version=version)]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("entry_points: {main: {command: x, seed: 1, outputs: [a]}}", "environment"),
        ("docker_env: {image: 'host:5000/team/image:latest'}", "image"),
        ("docker_env: {image: image}", "image"),
    ],
)
def test_environments(project: "Write", text: str, check: str) -> None:
    assert found(project(f"name: x\n{text}\n")) == [check]


def test_an_image_by_its_digest_is_pinned(project: "Write") -> None:
    assert found(project(f"name: x\ndocker_env: {{image: 'image@sha256:{'0' * 64}'}}\n")) == []


def test_packages_without_lock_and_python(project: "Write") -> None:
    folder = project(GOOD, python_env__yaml="dependencies: [numpy]\n")
    assert found(folder) == ["python", "lock"]
    (folder / "python_env.yaml").write_text("nonsense: [\n")
    assert found(folder) == ["environment"]


@pytest.mark.parametrize(
    ("command", "checks"),
    [
        ("python /home/me/train.py", ["absolute path"]),
        ("cat {x}/y ./a/b ../c/d > /dev/null", []),
        ("curl https://host/data.csv > d.csv", ["network"]),
        ("pip install six && python t.py", ["network"]),
        ("python t.py --uri https://host/x", ["network"]),
        ("python curler.py", []),
    ],
)
def test_commands(project: "Write", command: str, checks: list[str]) -> None:
    folder = project(GOOD.replace("python train.py", command).replace("python_env: python_env.yaml", ""))
    assert found(folder) == ["environment", *checks]


def test_declarations(project: "Write") -> None:
    folder = project("entry_points: {main: {command: x, inputs: [a.csv, 'https://h/b', 'c*', '{p}']}}\n")
    assert found(folder) == ["environment", "input hash", "input hash", "seed", "outputs"]


def test_git(git: "Git", project: "Write", tmp_path: Path) -> None:
    folder = project(GOOD.replace("python_env: python_env.yaml", f"docker_env: {{image: 'i@sha256:{'0' * 64}'}}"))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    assert found(folder) == ["unpushed"]
    git(tmp_path, "init", "-q", "--bare", "remote")
    git(folder, "remote", "add", "origin", str(tmp_path / "remote"))
    git(folder, "push", "-q", "origin", "main")
    assert found(folder) == []
    (folder / "new.py").write_text("")
    assert found(folder) == ["dirty"]
    assert found(folder, version="main", GITHUB_ACTIONS="true") == ["branch"]
    assert found(folder, version="0123abc", GITHUB_ACTIONS="true") == []
    assert found(folder, version="main") == []


def test_the_command_and_its_fixes(mlproj: "Program", project: "Write") -> None:
    folder = project(
        """
        name: demo
        python_env: python_env.yaml
        entry_points:
          main:
            command: "python train.py"
            inputs:
              - data.csv
            outputs: [out.txt]
        """,
        python_env__yaml="dependencies: []\n",
        data__csv="1,2\n",
    )
    done = mlproj("check", "project")
    assert done.code == 0
    for text in ("python: ", "lock: ", "input hash: entry point main: ", "seed: "):
        assert text in done.out
    assert "4 things that may not reproduce" in done.out
    assert mlproj("check", "project", "--strict").code == 1
    done = mlproj("check", "project", "--fix", "--strict", "--json")
    assert done.code == 0, done.out + done.err
    assert done.json["findings"] == []
    assert len(done.json["fixed"]) == 4
    text = (folder / "MLproject").read_text()
    assert "    seed: 0\n" in text
    assert hashlib.sha256(b"1,2\n").hexdigest() in text
    assert (folder / "MLproject.lock").exists()
    assert "nothing found" in mlproj("check", "project").out


def test_errors_of_the_file_end_with_2(mlproj: "Program", project: "Write") -> None:
    project("entry_points: {main: {command: [}}\n")
    assert mlproj("check", "project").code == 2
    assert mlproj("check", "nothere", "--fix").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "entry_points:\n  main: {command: x}\n",
        "entry_points: {main: {command: x}}\n",
        "entry_points:\n  other:\n    a: b\n",
    ],
)
def test_what_is_no_block_is_left_as_it_is(text: str) -> None:
    assert with_seed(text, "main") == text
    assert with_input_hash(text, "x.csv", "0") == text


def test_an_input_between_brackets() -> None:
    text = 'entry_points:\n  main:\n    inputs: [a.csv, "b c.csv"]\n'
    changed = with_input_hash(with_input_hash(text, "b c.csv", "1"), "a.csv", "0")
    assert '[{path: "a.csv", sha256: 0}, {path: "b c.csv", sha256: 1}]' in changed


def test_a_file_with_an_error_is_not_called_reproducible(mlproj: "Program", project: "Write") -> None:
    project(": : :")
    done = mlproj("check", "project")
    assert done.code == 2
    assert "nothing found" not in done.out
    assert "once the file has no errors" in done.out
