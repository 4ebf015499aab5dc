"""`mlproj lock`: from outside, with an index of one wheel."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from mlproj.cli.app import run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that wants `alpha`, which the only index has."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "alpha-1.0-py3-none-any.whl", "w") as wheel:
        info = "alpha-1.0.dist-info"
        wheel.writestr("alpha.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"alpha.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    root = tmp_path / "a project"
    root.mkdir()
    (root / "MLproject").write_text(
        "name: demo\npython_env: python_env.yaml\nentry_points: {main: {command: 'true'}}\n"
    )
    (root / "python_env.yaml").write_text("nmae: x\ndependencies: [alpha]\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return root


def mlproj(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["lock", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_writes_the_lock(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, error = mlproj(capsys, str(project))

    assert code == 0
    assert out.splitlines()[-1] == f"wrote {project / 'MLproject.lock'}"
    assert "unknown key 'nmae'" in error
    assert "alpha==1.0" in (project / "MLproject.lock").read_text()


def test_several_platforms_as_json(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    words = ["--platform", "linux-x86_64", "--platform", "macos-arm64", "--python", "3.12", "--json"]
    code, out, _ = mlproj(capsys, *words)
    assert code == 0
    found = json.loads(out)
    assert [(lock["platform"], lock["python"]) for lock in found["locks"]] == [
        ("linux-x86_64", "3.12"),
        ("macos-arm64", "3.12"),
    ]
    assert Path(found["file"]).name == "MLproject.lock"


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--platform", "amiga"], 2, "no such platform: 'amiga'"),
        (["--env-manager", "conda"], 2, "--env-manager virtualenv"),
        (["--env-manager", "local"], 2, "nothing to lock"),
        (["--installer", "pip", "--python", "3.12"], 2, "--installer uv"),
        (["--as-of", "yesterday"], 2, "--as-of"),
    ],
)
def test_mistakes(project: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str) -> None:
    found, _, error = mlproj(capsys, str(project), *words)
    assert found == code
    assert text in error
    assert not (project / "MLproject.lock").exists()


def test_no_solution(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "python_env.yaml").write_text("dependencies: [alpha==9]\n")
    code, _, error = mlproj(capsys, str(project))
    assert code == 4
    assert "mlproj: error:" in error
    assert "alpha==9" in error


def test_project_that_cannot_be_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "MLproject.lock").mkdir()
    code, _, error = mlproj(capsys, str(project))
    assert code == 2
    assert "is a directory" in error
