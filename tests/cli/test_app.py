"""The boundary: what users meet when something is wrong, and what the shells ask."""

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.cli.app import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


PROJECT = """
    entry_points:
      main:
        parameters:
          alpha: {type: float, default: 0.5, min: 0, max: 2, description: Strength.}
          kind: {type: string, choices: [small, large]}
          key: {type: string, secret: true}
        command: "echo {alpha} {kind} {key}"
      train:
        description: Trains.
        command: "echo training"
"""


def test_every_command_has_help_with_examples(mlproj: "Program") -> None:
    for name in COMMANDS:
        done = mlproj(name, "--help")
        assert done.code == 0, name
        assert "Examples:" in done.out or "Commands:" in done.out or "Commands\n" in done.out, name
        assert max(map(len, done.out.splitlines())) <= 100, name


def test_the_help_lists_every_command(mlproj: "Program") -> None:
    done = mlproj("--help")
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", done.out, re.MULTILINE), name
    assert mlproj("-h").out == done.out


def test_a_mistyped_command_is_told_its_neighbour(mlproj: "Program") -> None:
    done = mlproj("rnu")
    assert done.code == 2
    assert "did you mean 'run'" in done.err
    assert mlproj("zzzzzz").code == 2


def test_a_bug_of_ours_leaves_a_log(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    """The shell completion's class is the one thing here that a caller can break without touching our code."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import mlproj.cli.output\n\n\ndef fail(*_):\n    raise RuntimeError('no such luck')\n\n\n"
        "mlproj.cli.output.print_json = fail\n"
    )
    done = mlproj("config", "--json", environ={"PYTHONPATH": str(broken), "TMPDIR": str(tmp_path)})
    assert done.code == 70
    assert "a bug in mlproj: RuntimeError: no such luck" in done.err
    (log,) = tmp_path.glob("mlproj-bug-*.log")
    assert "Traceback" in log.read_text()
    assert str(log) in done.err


def test_output_that_nobody_reads_ends_quietly(mlproj: "Program", project: "Write") -> None:
    folder = project("entry_points:\n  main:\n    command: echo hi\n")
    mlproj("run", str(folder))
    shell = "set -o pipefail; mlproj runs list --json | true; echo ${PIPESTATUS[0]}"
    done = subprocess.run(["bash", "-c", shell], env=mlproj.environ(None), capture_output=True, text=True, check=False)
    assert done.stdout.strip() in {"0", "1"}
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(mlproj: "Program", shell: str) -> None:
    done = mlproj("completion", shell)
    assert done.code == 0
    assert "_MLPROJ_COMPLETE" in done.out


def complete(mlproj: "Program", words: str, *, cwd: Path) -> list[str]:
    """What bash is offered for the last word."""
    environ = {"_MLPROJ_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return [line.partition(",")[2] for line in mlproj(environ=environ, cwd=cwd).out.splitlines() if line]


def test_the_project_at_hand_is_completed(mlproj: "Program", project: "Write") -> None:
    folder = project(PROJECT)
    assert complete(mlproj, "mlproj ru", cwd=folder) == ["run", "runs"]
    assert complete(mlproj, "mlproj run . -e ", cwd=folder) == ["main", "train"]
    assert complete(mlproj, "mlproj run . -e tr", cwd=folder) == ["train"]
    assert complete(mlproj, "mlproj run . -P ", cwd=folder) == ["alpha=", "kind=", "key="]
    assert complete(mlproj, "mlproj run . -P kind=s", cwd=folder) == ["kind=small"]
    assert complete(mlproj, "mlproj run . -e none -P ", cwd=folder) == []
    (folder / "MLproject").write_text("a: [")
    assert complete(mlproj, "mlproj run . -e ", cwd=folder) == []


def test_help_explains_the_parameters_of_an_entry_point(mlproj: "Program", project: "Write") -> None:
    folder = project(PROJECT)
    help_text = mlproj("run", str(folder), "--help").out
    assert "-P alpha=FLOAT  [default: 0.5; at least 0; at most 2]" in help_text
    assert "Strength." in help_text
    assert "-P kind=STRING  [required; one of small, large]" in help_text
    assert "-P key=STRING  [required; secret]" in help_text
    assert "declares no parameters" in mlproj("run", str(folder), "-e", "train", "--help").out
    assert mlproj("run", str(folder), "-e", "none", "--help").code == 0
    assert mlproj("run", "https://host/x.git", "--help").code == 0
    (folder / "MLproject").write_text("a: [")
    assert "MLproject" in mlproj("run", str(folder), "--help").out


def test_settings_are_listed_with_their_origin(mlproj: "Program", environment: Path) -> None:
    config = environment / ".config" / "mlproj"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('grace = 3\ninstaller = "pip"\n')
    environ = {"MLPROJ_INSTALLER": "uv"}
    rows = {row["setting"]: row for row in mlproj("config", "--json", environ=environ).json}
    assert (rows["grace"]["value"], rows["grace"]["origin"]) == (3.0, str(config / "config.toml"))
    assert (rows["installer"]["value"], rows["installer"]["origin"]) == ("uv", "MLPROJ_INSTALLER")
    assert rows["env_manager"]["origin"] == "default"
    assert "grace" in mlproj("config").out


def test_prepare_builds_what_a_run_then_finds(mlproj: "Program", project: "Write") -> None:
    folder = project("python_env: python_env.yaml\nentry_points:\n  main:\n    command: python -c 'print(6 * 7)'\n")
    (folder / "python_env.yaml").write_text("dependencies: []\n")
    built = mlproj("prepare", str(folder), "--json").json
    assert built["env_manager"] == "virtualenv"
    assert not built["reused"]
    shown = mlproj("prepare", str(folder))
    assert built["environment"] in shown.out
    done = mlproj("run", str(folder))
    assert (done.code, done.out) == (0, "42\n")
    run = mlproj.only_run()
    assert run["tags"]["mlproj.env.key"] == built["environment"]
    assert run["tags"]["mlflow.project.env"] == "virtualenv"
    assert mlproj("run", str(folder), "--dry-run", "--json").json["environment"] == built["environment"]
    assert mlproj("prepare", "nowhere").code == 2
