import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.config import load_settings
from mlproj.envs.platforms import this_platform
from mlproj.envs.specs import spec_for
from mlproj.project.loading import load
from mlproj.runner.checks.checking import check_project
from mlproj.runner.checks.findings import Finding

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


def findings(folder: Path, *, version: str | None = None, **environ: str) -> tuple[Finding, ...]:
    return check_project(load(folder).project, settings=load_settings(environ=environ), version=version)


def found(folder: Path, *, version: str | None = None, **environ: str) -> list[str]:
    return [str(one.check) for one in findings(folder, version=version, **environ)]


LOCKED = """
version = 1

[[lock]]
kind = "{kind}"
platform = "{platform}"
python = "3.11"
format = "requirements"
spec_hash = "{spec_hash}"
payload = ""
"""


def lock(folder: Path, *, platform: str | None = None, spec_hash: str | None = None) -> None:
    """A lock of what the project asks for, or of something else."""
    project = load(folder).project
    spec = spec_for(project, env_manager=None, settings=load_settings(environ={}))
    text = LOCKED.format(
        kind=spec.kind, platform=platform or this_platform(), spec_hash=spec.hash if spec_hash is None else spec_hash
    )
    (folder / "MLproject.lock").write_text(text)


def test_no_environment(project: "Write") -> None:
    assert found(project("entry_points: {main: {command: x, seed: 1, outputs: [a]}}")) == ["environment"]
    assert found(project(GOOD.replace("python_env.yaml", "requirements.txt"), requirements__txt="")) == [
        "python",
        "lock",
    ]


@pytest.mark.parametrize("image", ["host:5000/team/image:latest", "image", "host:5000/image", "python:3.11"])
def test_an_image_that_can_move(project: "Write", image: str) -> None:
    folder = project(f"name: x\ndocker_env: {{image: '{image}'}}\n")
    assert found(folder) == ["image"]
    lock(folder, platform="linux/amd64", spec_hash="of another image")
    assert found(folder) == ["image"]
    lock(folder, platform="linux/amd64")
    assert found(folder) == []


def test_an_image_by_its_digest_is_pinned(project: "Write") -> None:
    assert found(project(f"name: x\ndocker_env: {{image: 'image@sha256:{'0' * 64}'}}\n")) == []


def test_what_an_image_is_built_from(project: "Write") -> None:
    folder = project("name: x\ndocker_env: {build: .}\n")
    digest = f"python@sha256:{'0' * 64}"
    (folder / "Dockerfile").write_text(f"ARG V=1\nFROM {digest} AS one\nFROM scratch\nFROM one\nFROM x:$V\n")
    assert found(folder) == []
    (folder / "Dockerfile").write_text("FROM --platform=linux/amd64 python:3.11 as base\nfrom base\nfrom other\n")
    said = [one.message for one in findings(folder)]
    assert said == [
        "Dockerfile builds on python:3.11, which is a tag (3.11) that can be moved",
        "Dockerfile builds on other, which has no tag",
    ]
    (folder / "Dockerfile").unlink()
    assert found(folder) == ["environment"]


def test_volumes_of_this_machine(project: "Write") -> None:
    text = f"name: x\ndocker_env: {{image: 'i@sha256:{'0' * 64}', volumes: ['/home/me/d:/d', './d:/e', 'named:/f']}}\n"
    folder = project(text + "entry_points: {main: {command: python /app/x.py, seed: 1, outputs: [a]}}\n")
    (one,) = findings(folder)  # what lies in the image is there on any machine
    assert (one.check, "/home/me/d" in one.message) == ("absolute path", True)


def test_packages_without_lock_and_python(project: "Write") -> None:
    folder = project(GOOD, python_env__yaml="dependencies: [numpy, six==1.16.0]\n")
    assert found(folder) == ["python", "lock"]
    assert "(numpy without a version)" in findings(folder)[1].message
    lock(folder)  # a lock pins the Python too
    assert found(folder) == []
    lock(folder, platform="plan9-mips")
    assert found(folder) == ["python", "lock"]
    assert "has no lock for" in findings(folder)[1].message
    lock(folder, spec_hash="earlier")
    assert "is stale" in findings(folder)[1].message
    (folder / "MLproject.lock").write_text("version = 'x'")
    assert found(folder) == ["environment"]
    (folder / "python_env.yaml").write_text("nonsense: [\n")
    assert found(folder) == ["environment"]


def test_conda_packages_without_lock_and_python(project: "Write") -> None:
    folder = project(
        GOOD.replace("python_env: python_env.yaml", "conda_env: conda.yaml"),
        conda__yaml="channels: [c]\ndependencies: [python=3.11, numpy=1.26, c::six==1, scipy>=1, pip: [x==1, y]]\n",
    )
    (one,) = findings(folder)
    assert one.message == "what conda.yaml asks for is not locked (y, scipy>=1 without a version)"
    for text in ("python", "python>=3.9", "numpy=1"):
        (folder / "conda.yaml").write_text(f"dependencies: ['{text}']\n")
        assert found(folder) == ["python", "lock"], text
    lock(folder)
    assert found(folder) == []


@pytest.mark.parametrize(
    ("command", "checks"),
    [
        ("python /home/me/train.py > /tmp/x", ["absolute path", "absolute path"]),
        ("cat {x}/y ./a/b ../c/d > /dev/null", []),
        ("curl https://host/data.csv > d.csv; wget host/x && pip install six", ["network"] * 3),
        ("python curler.py; echo curl", []),
    ],
)
def test_commands(project: "Write", command: str, checks: list[str]) -> None:
    folder = project(GOOD.replace("python train.py", command).replace("python_env: python_env.yaml", ""))
    assert found(folder) == ["environment", *checks]


def test_defaults_and_seeds_of_parameters(project: "Write") -> None:
    folder = project("""
        entry_points:
          main:
            command: "x {a} {b} {random_seed}"
            outputs: [out]
            parameters:
              a: {type: path, default: /home/me/data}
              b: {default: data/x}
              random_seed: {type: int, default: 3}
    """)
    _, path, seed = findings(folder)
    assert "the default of a is /home/me/data" in path.message
    assert seed.fix == "write seed: random_seed"


def test_declarations(project: "Write") -> None:
    assert found(project("entry_points: {main: {command: x, seed: 0, metrics: [m], inputs: []}}\n")) == ["environment"]
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


def test_a_file_with_an_error_is_not_called_reproducible(mlproj: "Program", project: "Write") -> None:
    project(": : :")
    done = mlproj("check", "project")
    assert done.code == 2
    assert "nothing found" not in done.out
    assert "once the file has no errors" in done.out


FLOW = """
    {entry_points: {main: {command: "cat a.csv 'b c.csv'", inputs: [a.csv, {path: "b c.csv"}], outputs: [o]},
                    other: {command: x, outputs: [o], parameters: {seed: {type: int, default: 1}}}}}
"""


def test_a_file_that_is_written_in_brackets_is_fixed(mlproj: "Program", project: "Write") -> None:
    folder = project(FLOW, a__csv="1")
    (folder / "b c.csv").write_text("2")
    done = mlproj("check", "project", "--fix", "--json")
    assert [one["check"] for one in done.json["findings"]] == ["environment"]
    assert len(done.json["fixed"]) == 4
    main, other = load(folder).project.entry_points.values()
    assert [one.sha256 for one in main.inputs] == [hashlib.sha256(text).hexdigest() for text in (b"1", b"2")]
    assert (main.seed, other.seed) == (0, "seed")


def test_what_cannot_be_fixed_is_named_with_what_to_write(mlproj: "Program", project: "Write") -> None:
    text = "entry_points:\n  main: &x\n    command: cat a\n    inputs: [gone.csv]\n    outputs: [o]\n  other: *x\n"
    folder = project(text)
    done = mlproj("check", "project", "--fix")
    assert done.code == 0, done.err
    assert f"{folder / 'MLproject'}:2: is not written so that" in done.err
    assert "put there: seed: 0" in done.err
    assert "gone.csv: cannot be hashed" in done.err
    assert (folder / "MLproject").read_text() == text
    assert "entry points main, other: no seed is declared" in done.out


def test_a_python_is_pinned_where_it_belongs(mlproj: "Program", project: "Write") -> None:
    folder = project(GOOD, python_env__yaml="# mine\n")
    assert "python: '3." in mlproj("check", "project", "--fix").out
    assert (folder / "python_env.yaml").read_text().startswith("# mine\npython: '3.")
    folder = project(
        GOOD.replace("python_env: python_env.yaml", "conda_env: conda.yaml"),
        conda__yaml="name: x\nchannels: [file:///nowhere]\ndependencies: [numpy]\n",
    )
    assert f"{folder / 'conda.yaml'}:3: names no Python version (put there: - python=3." in (
        mlproj("check", "project", "--fix").err
    )


def test_what_takes_a_decision_is_left_to_the_user(mlproj: "Program", project: "Write") -> None:
    folder = project(GOOD.replace("python_env.yaml", "requirements.txt"), requirements__txt="")
    (folder / "MLproject").write_bytes((folder / "MLproject").read_bytes().replace(b"seed: 1", b"inputs: [a]"))
    (folder / "a").write_text("1")
    done = mlproj("check", "project", "--fix", "--json", "--strict")
    assert done.code in {0, 1}, done.err
    fixed = " ".join(done.json["fixed"])
    assert "the sha256 of a" in fixed
    assert "seed: 0 in main" in fixed
    assert "MLproject.lock" in fixed  # which pins the Python, too
    assert done.json["findings"] == []
    assert (folder / "requirements.txt").read_text() == ""
