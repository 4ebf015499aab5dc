"""Runs that were given files by path parameters are made again, wherever the files were."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.record.document import from_json
from mlproj.record.values import RunRecord

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write

PROJECT = """
    name: p
    python_env: python_env.yaml
    entry_points:
      main:
        parameters: {data: path}
        command: "(cat {data} || cat {data}/*; echo end) > out.txt"
        outputs: [out.txt]
"""


@pytest.fixture
def folder(project: "Write") -> Path:
    return project(PROJECT, python_env__yaml="dependencies: []\n")


def run(mlproj: "Program", *words: str, cwd: Path | None = None) -> tuple[str, RunRecord]:
    done = mlproj("run", *words, "--json", cwd=cwd)
    assert done.code == 0, done.out + done.err
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    [record] = home.glob(f"artifacts/*/{done.json['run_id']}/artifacts/mlproj/run.json")
    return str(done.json["run_id"]), from_json(record.read_text())


def test_a_file_of_the_project_given_from_elsewhere(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    (folder / "da ta").mkdir()
    (folder / "da ta" / "$x.csv").write_text("1,2\n")
    given = "project/da ta/$x.csv"
    run_id, record = run(mlproj, "project", "-P", f"data={given}")
    assert (record.parameters["data"].value, record.parameters["data"].path) == (given, "da ta/$x.csv")
    assert record.inputs == {}
    folder.rename(tmp_path / "moved")
    done = mlproj("reproduce", run_id, cwd=tmp_path / "moved")
    assert done.code == 0, done.out + done.err
    assert "kept until" not in done.err


def test_an_ignored_directory_is_restored_or_named(git: "Git", mlproj: "Program", folder: Path) -> None:
    (folder / ".gitignore").write_text("data/\nout.txt\n")
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("1\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    run_id, record = run(mlproj, ".", "-P", "data=data", cwd=folder)
    kept = record.inputs["{data}"]
    assert (kept.parameter, kept.count, [file.path for file in kept.files]) == ("data", 1, ["data/a.csv"])
    done = mlproj("reproduce", run_id)
    assert done.code == 0, done.out + done.err
    assert "kept until" not in done.err
    (folder / "data" / "a.csv").write_text("2\n")
    done = mlproj("reproduce", run_id)
    assert done.code == 2
    assert "the input data/a.csv is not there (its sha256 was" in done.out


def test_a_file_outside_is_found_again_by_what_it_holds(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "elsewhere" / "é data.csv"
    data.parent.mkdir()
    data.write_text("1\n")
    run_id, record = run(mlproj, "project", "-P", "data=elsewhere/é data.csv")
    assert record.parameters["data"].path == str(data)
    assert [(file.path, file.size) for file in record.inputs["{data}"].files] == [(str(data), 2)]
    assert mlproj("reproduce", run_id, cwd=folder).code == 0
    bundle = tmp_path / "run.zip"
    assert mlproj("export", run_id, "-o", str(bundle)).code == 0
    moved = data.rename(tmp_path / "moved.csv")
    done = mlproj("reproduce", run_id, "--json")
    assert done.code == 2
    assert done.json["verdict"] == "cannot reproduce"
    assert f"the input {data} is not there" in done.out
    assert "-P data=PATH" in done.out
    for words in (("reproduce", run_id, "-P", f"data={moved}"), ("reproduce", str(bundle)), ("run", str(bundle))):
        done = mlproj(*words)
        assert done.code == 0, done.out + done.err
    assert "no such file" in mlproj("reproduce", run_id, "-P", "data=nowhere").err
    moved.write_text("2\n")
    done = mlproj("reproduce", run_id, "-P", f"data={moved}")
    assert done.code == 2
    assert "the input {data} is not what it was" in done.out


def test_what_is_too_large_to_be_hashed_unasked_is_taken_where_it_was(
    mlproj: "Program", folder: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate((1 << 30) + 1)
    (folder / "MLproject").write_text((folder / "MLproject").read_text().replace("cat {data} ||", "wc -c < {data} ||"))
    run_id, record = run(mlproj, "project", "-P", "data=large.bin")
    assert (record.inputs["{data}"].sha256, record.inputs["{data}"].files) == (None, ())
    assert mlproj("reproduce", run_id, cwd=folder).code == 0
    large.unlink()
    done = mlproj("reproduce", run_id)
    assert done.code == 2
    assert f"the input {large} is not there" in done.out


def test_the_new_place_is_in_the_new_record(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    run_id, _ = run(mlproj, "project", "-P", "data=a.csv")
    _, again = run(mlproj, f"runs:/{run_id}", "-P", "data=b.csv")
    assert again.parameters["data"].path == str(tmp_path / "b.csv")
    done = mlproj("why", run_id, again.run_id, "--json")
    kinds = {cause["kind"] for cause in json.loads(done.out)["causes"]}
    assert kinds == {"parameter", "input"}
