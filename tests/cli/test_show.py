import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlproj.cli.app import run
from mlproj.config import process_environment

TEXT = """
name: wine
python_env: python_env.yaml
entry_points:
  main:
    description: Train
      a model.
    timeout: 15m
    resources: {cpus: 4, when: {2020-01-02: [2020-01-03]}}
    parameters:
      alpha: {type: float, default: 0.5, min: 0, max: 1, description: Strength.}
      solver: {type: str, default: saga, choices: [saga, lbfgs]}
      tag: {pattern: "v[0-9]+", log: false}
      token: {secret: true}
      old: {secret: true, default: hunter2}
      verbose: {type: bool, default: true}
    command: >
      python train.py {alpha} {solver}
      {tag} {token} {old} {verbose}
  other: {command: "echo ü"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's directory with everything in it."""
    (tmp_path / "MLproject").write_text(TEXT)
    (tmp_path / "python_env.yaml").touch()
    return tmp_path


def shown(root: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert run(["show", str(root), *options]) == 0
    return capsys.readouterr().out


def test_a_project_is_shown_to_people(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(project, capsys) == (
        "name: wine\n"
        "environment: python, python_env.yaml\n"
        "\n"
        "main  Train a model.\n"
        "  $ python train.py {alpha} {solver} {tag} {token} {old} {verbose}\n"
        "  alpha: float (default '0.5'; min 0; max 1)  Strength.\n"
        "  solver: str (default 'saga'; one of saga, lbfgs)\n"
        "  tag: string (required; pattern v[0-9]+; not logged)\n"
        "  token: string (required; secret)\n"
        "  old: string (default '***'; secret)\n"
        "  verbose: bool (default 'True')\n"
        "\n"
        "other\n"
        "  $ echo ü\n"
    )


def test_a_project_is_shown_to_programs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    described = json.loads(shown(project, capsys, "--json"))
    assert (described["name"], described["root"], described["file"]) == (
        "wine",
        str(project),
        str(project / "MLproject"),
    )
    assert described["env"] == {"kind": "python", "file": str(project / "python_env.yaml"), "declared": True}
    main = described["entry_points"]["main"]
    assert main["timeout"] == 900
    assert main["resources"] == {"cpus": 4, "when": {"2020-01-02": ["2020-01-03"]}}
    assert main["parameters"]["alpha"] == {
        "type": "float",
        "default": "0.5",
        "required": False,
        "description": "Strength.",
        "choices": None,
        "min": 0,
        "max": 1,
        "pattern": None,
        "secret": False,
        "log": True,
    }
    assert main["parameters"]["verbose"]["default"] == "True"
    assert (main["parameters"]["token"]["default"], main["parameters"]["token"]["required"]) == (None, True)
    assert "hunter2" not in json.dumps(described)


def test_one_entry_point_is_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(json.loads(shown(project, capsys, "--json", "-e", "other"))["entry_points"]) == ["other"]
    (project / "train.py").touch()
    assert "$ python train.py" in shown(project, capsys, "-e", "train.py")
    assert run(["show", str(project), "-e", "othre"]) == 2
    assert "did you mean 'other'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "line", "env"),
    [
        ("", "the caller's own (none is declared, so nothing is locked)", ("python", False)),
        ("python_env:", "python, requirements.txt (found, not declared)", ("python", False)),
        ("conda_env: c.yml", "conda, c.yml", ("conda", True)),
        ("docker_env: {image: 'python:3'}", "docker, image python:3", ("docker", True)),
    ],
    ids=["none", "found", "conda", "docker"],
)
def test_environments_are_shown(
    text: str, line: str, env: tuple[str, bool], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "MLproject").write_text(f"name: x\n{text}")
    for name in line.split()[1:2] if text else ():
        (tmp_path / name).touch()
    assert f"environment: {line}\n" in shown(tmp_path, capsys)
    described = json.loads(shown(tmp_path, capsys, "--json"))["env"]
    assert (described["kind"], described["declared"]) == env
    assert ("manager" in described) == (not text)
    assert ("docker" in described) == text.startswith("docker")


def test_a_directory_without_a_file_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(tmp_path, capsys).endswith("entry points: none declared; a script can be one: -e train.py\n")
    assert json.loads(shown(tmp_path, capsys, "--json"))["file"] is None


@pytest.mark.parametrize("text", ["[]", "name: {{ x }}", "entry_points: {main: echo}", "python_env: gone.yaml"])
def test_what_does_not_load_is_one_line(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "MLproject").write_text(text)
    for options in ([], ["--json"]):
        assert run(["show", str(tmp_path), *options]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith(f"mlproj: error: {tmp_path}/MLproject:")
        assert len(printed.err.splitlines()) == 1


def test_what_only_fails_when_it_is_run_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "MLproject").write_text("entry_points: {main: {command: 'echo {x}'}, none: {}}")
    assert "$ (no command)" in shown(tmp_path, capsys)
    assert run(["show", str(tmp_path), "-e", "main"]) == 2


def imported(*argv: str) -> list[str]:
    """The modules that a call of the program has loaded when it ends; nothing measures coverage in it."""
    code = "import sys; from mlproj.cli.app import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    environ = {name: value for name, value in process_environment().items() if not name.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", code, *argv], env=environ, capture_output=True, check=True, text=True)
    return done.stderr.split()


@pytest.mark.parametrize("command", ["show", "validate"])
def test_looking_at_a_directory_imports_nothing_heavy(command: str, project: Path) -> None:
    (project / "MLproject").write_text(TEXT.replace(", when: {2020-01-02: [2020-01-03]}", ""))  # a key to be guessed at
    modules = {name.partition(".")[0] for name in imported(command, str(project), "--json")}
    foreign = {name for name in modules if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert foreign - {"cython_runtime", "a1_coverage"} == {"click", "mlproj", "yaml"}
    heavy = modules & {"asyncio", "difflib", "hashlib", "http", "socket", "sqlite3", "tempfile", "tomllib"}
    assert not heavy


def test_showing_a_directory_imports_only_our_own_rooms(project: Path) -> None:
    names = imported("show", str(project))
    rooms = {name.split(".")[1] for name in names if name.startswith("mlproj.")}
    assert rooms - {"version"} == {"cli", "errors", "project", "system"}
