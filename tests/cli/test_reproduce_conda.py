"""Past runs of conda projects, reproduced and reused."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conda_channel import index, write_package

if TYPE_CHECKING:
    from tests.cli.conftest import Program

FILE = """
name: x
conda_env: conda.yaml
entry_points:
  main:
    command: 'echo $ANSWER_VERSION > out.txt'
    outputs: [out.txt]
"""


@pytest.fixture
def folder(tmp_path: Path, conda_channels: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "MLproject").write_text(FILE)
    (root / "conda.yaml").write_text("channels: [conda-forge]\ndependencies: [libanswer=1.0]\n")
    return root


def test_a_run_is_rebuilt_from_its_lock(mlproj: "Program", folder: Path) -> None:
    first = mlproj("run", "project", "--json").json["run_id"]
    (folder / "conda.yaml").write_text("channels: [conda-forge]\ndependencies: [libanswer]\n")
    second = mlproj("run", "project", "--json").json["run_id"]
    done = mlproj("reproduce", first)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    causes = mlproj("why", first, second, "--json").json["causes"]
    assert [cause["kind"] for cause in causes] == ["code", "package"], causes
    assert (causes[1]["name"], causes[1]["before"], causes[1]["after"]) == ("libanswer", "1.0", "2.0")


def test_a_package_that_is_gone_ends_with_4(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    """The lock names the files of a channel that is no longer what it was; the cache of this machine is empty."""
    mine = tmp_path / "mine"
    package = write_package(mine, "short-lived", "1.0")
    index(mine)
    (folder / "conda.yaml").write_text(f"channels: ['{mine.as_uri()}', nodefaults]\ndependencies: [short-lived]\n")
    (folder / "MLproject").write_text(FILE.replace("echo $ANSWER_VERSION", "cat $CONDA_PREFIX/share/short-lived.txt"))
    done = mlproj("run", "project", "--json")
    assert done.code == 0, done.err
    package.unlink()
    environ = {"MLPROJ_CACHE_DIR": str(tmp_path / "empty cache")}
    first = done.json["run_id"]
    done = mlproj("reproduce", first, "--junit", "report.xml", environ=environ)
    assert done.code == 4, done.out + done.err
    assert done.out.startswith(f"verdict: cannot reproduce: {folder}: conda.yaml: the conda packages cannot be")
    assert "short-lived-1.0" in done.err
    assert "short-lived-1.0" in (tmp_path / "report.xml").read_text()
    (only,) = mlproj("reproduce", first, "--json", environ=environ).json["runs"]
    assert (only["exit_code"], only["verdict"]) == (4, "cannot reproduce")
    assert "short-lived-1.0" in only["detail"]


def test_a_package_that_moved_runs_again(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    """Nothing in the project changes: a channel has a newer version, and what was resolved is forgotten."""
    mine = tmp_path / "mine"
    write_package(mine, "floating", "1.0")
    index(mine)
    (folder / "conda.yaml").write_text(f"channels: ['{mine.as_uri()}', nodefaults]\ndependencies: [floating]\n")
    (folder / "MLproject").write_text(FILE.replace("echo $ANSWER_VERSION", "cat $CONDA_PREFIX/share/floating.txt"))
    (folder / ".gitignore").write_text("out.txt\n")
    assert not mlproj("run", "project", "--reuse", "--json").json["reused"]
    (folder / "out.txt").unlink()
    again = mlproj("run", "project", "--reuse", "--json")
    assert again.json["reused"], again.err
    assert (folder / "out.txt").read_text() == "1.0"

    write_package(mine, "floating", "2.0")
    index(mine)
    moved = mlproj("run", "project", "--reuse", "--update", "--json")
    assert not moved.json["reused"]
    assert "not reused: environment differs" in moved.err
    assert (folder / "out.txt").read_text() == "2.0"
