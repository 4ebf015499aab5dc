import json
import subprocess
from pathlib import Path

import pytest

from mlproj.cli.app import run

GOOD = "name: x\nentry_points:\n  main: {command: echo}\n"
WARNED = "name: x\nentry_points:\n  main: {comand: echo, command: echo}\n"
BROKEN = "name: x\nentry_points:\n  main: {comand: echo}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for a project below the current one."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "my project"
    root.mkdir()
    return root


def test_a_good_file_is_good(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject").write_text(GOOD)
    assert run(["validate", "my project"]) == 0
    assert capsys.readouterr() == ("no errors, no warnings\n", "")


def test_findings_are_lines_that_editors_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject").write_text(BROKEN)
    assert run(["validate", "my project"]) == 2
    assert capsys.readouterr().out == (
        "my project/MLproject:3:3: error: entry point 'main' has no command (write 'command: ...')\n"
        "my project/MLproject:3:10: warning: unknown key 'comand' in entry point 'main' is ignored"
        " (did you mean 'command'?)\n"
        "1 error, 1 warning\n"
    )


def test_files_are_named_as_the_project_was(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "MLproject").write_text(BROKEN)
    run(["validate", str(project)])
    assert capsys.readouterr().out.startswith(f"{project}/MLproject:3:3: ")
    run(["validate", "my project/MLproject"])
    assert capsys.readouterr().out.startswith("my project/MLproject:3:3: ")
    monkeypatch.chdir(project)
    run(["validate"])
    assert capsys.readouterr().out.startswith("MLproject:3:3: ")


def test_warnings_fail_if_they_are_to(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject").write_text(WARNED)
    assert run(["validate", "my project"]) == 0
    assert run(["validate", "my project", "--strict"]) == 2
    assert capsys.readouterr().out.count("no errors, 1 warning\n") == 2


def test_no_file_is_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "my project"]) == 0
    assert "my project: warning: there is no MLproject file" in capsys.readouterr().out
    (project / "MLproject.yaml").touch()
    assert run(["validate", "my project/MLproject.yaml", "--strict"]) == 2
    assert "my project/MLproject.yaml: warning: this file is never read" in capsys.readouterr().out


def test_what_is_no_yaml_is_a_finding_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject").write_text("name: {{ cookiecutter.name }}\n")
    assert run(["validate", "my project"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("my project/MLproject:1:8: error: is not YAML")
    assert lines[1:] == ["1 error, no warnings"]


def test_json_has_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject").write_text(BROKEN)
    assert run(["validate", "my project", "--json"]) == 2
    printed = json.loads(capsys.readouterr().out)
    assert (printed["errors"], printed["warnings"]) == (1, 1)
    assert printed["diagnostics"][0] == {
        "file": "my project/MLproject",
        "line": 3,
        "column": 3,
        "severity": "error",
        "message": "entry point 'main' has no command",
        "hint": "write 'command: ...'",
        "entry_point": "main",
    }
    (project / "MLproject").write_bytes(b"\xff\xfe")
    assert run(["validate", "my project", "--json"]) == 2
    (diagnostic,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (diagnostic["line"], diagnostic["message"]) == (None, "is UTF-16 text")


def test_a_finding_is_one_line_whatever_the_file_holds(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject").write_text('entry_points:\n  "a\\nb\\r": {"c\\n d": 1}\n')
    assert run(["validate", "my project"]) == 2
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_place_that_is_none_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "my projekt"]) in {2, 3}
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("mlproj: error: ")
    assert len(printed.err.splitlines()) == 1


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose first commit is broken and whose second is not; tagged `broken`."""
    root = tmp_path / "repository"
    commands = (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "one"], ["tag", "broken"])
    for words in commands[:1]:
        subprocess.run(["git", *words, str(root)], check=True)
    (root / "MLproject").write_text(BROKEN)
    for words in commands[1:]:
        subprocess.run(["git", "-C", str(root), *words], check=True)
    (root / "MLproject").write_text(GOOD)
    subprocess.run(["git", "-C", str(root), "commit", "-qam", "two"], check=True)
    return root


def test_a_version_of_a_repository_is_checked(
    repository: Path, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["validate", str(repository)]) == 0
    assert run(["validate", f"file://{repository}", "--version", "broken"]) == 2
    assert "\nMLproject:3:3: error: " in "\n" + capsys.readouterr().out
    assert list((environment / "mlproj-cache" / "checkouts").glob("*/*")) == []
