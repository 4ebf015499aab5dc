import hashlib
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write

PROJECT = """
    name: demo
    python_env: python_env.yaml
    entry_points:
      main:
        parameters: {alpha: {type: float, default: 0.5}}
        command: "python train.py {alpha}"
        inputs: [data/in.csv]
        outputs: ["out ü.json"]
"""
TRAIN = """
    import json, sys
    json.dump({"value": float(sys.argv[1]) + len(open("data/in.csv").read())}, open("out ü.json", "w"))
"""


@pytest.fixture
def bundled(git: "Git", mlproj: "Program", project: "Write") -> str:
    """A bundle `run.zip` of a run in a repository with changes and ignored data; gives the run's id."""
    folder = project(PROJECT, train__py=TRAIN, python_env__yaml="dependencies: []\n")
    (folder / ".gitignore").write_text("data/\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    (folder / "untracked.py").write_text("x = 1\n")
    (folder / "data").mkdir()
    (folder / "data" / "in.csv").write_text("1,2\n")
    done = mlproj("run", "project", "--json", "-P", "alpha=0.25")
    assert done.code == 0, done.err
    run_id = str(done.json["run_id"])
    done = mlproj("export", run_id, "-o", "run.zip")
    assert done.code == 0, done.err
    return run_id


def test_a_bundle_reproduces_and_runs_without_the_repository(mlproj: "Program", bundled: str, tmp_path: Path) -> None:
    (tmp_path / "project").rename(tmp_path / "gone")
    environ = {"MLPROJ_HOME": str(tmp_path / "home two")}
    done = mlproj("reproduce", "run.zip", environ=environ)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    done = mlproj("run", "run.zip", "--json", "-P", "alpha=7", environ=environ)
    assert done.code == 0, done.err
    shown = mlproj("runs", "show", done.json["run_id"], "--json", environ=environ).json
    assert shown["params"] == {"alpha": "7"}
    assert shown["tags"]["mlproj.from_run"] == bundled


def test_a_bundle_is_a_crate(mlproj: "Program", bundled: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip") as opened:
        names = set(opened.namelist())
        graph = {entity["@id"]: entity for entity in json.loads(opened.read("ro-crate-metadata.json"))["@graph"]}
    assert {"mlproj/run.json", "mlproj/outputs/out ü.json", "mlproj/inputs/data/in.csv"} <= names
    assert graph["./"]["conformsTo"]["@id"].endswith("/process/0.5")
    action = graph[f"#{bundled}"]
    assert action["@type"] == "CreateAction"
    assert action["actionStatus"].endswith("CompletedActionStatus")
    for part in (*action["object"], *graph["./"]["hasPart"]):
        assert part["@id"] in graph
    assert graph[action["result"]["@id"]]["@type"] == "File"
    assert graph["#parameter/alpha"]["value"] == "0.25"


def test_what_is_no_bundle(mlproj: "Program", tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as opened:
        opened.writestr("x", "y")
    for name in ("no.zip", "other.zip"):
        done = mlproj("reproduce", name)
        assert done.code == 2
        assert "not a bundle of a run" in done.err
    assert mlproj("export", "abcd", "-o", "x.tar").code == 2
    assert mlproj("export", "abcd", "efgh", "-o", "x.zip").code == 2


def test_a_bundle_is_imported_with_all_that_the_run_has(mlproj: "Program", bundled: str, tmp_path: Path) -> None:
    (tmp_path / "notes ü").mkdir()
    (tmp_path / "notes ü" / "a $(rm) 'b'.txt").write_text("noted\n")
    assert mlproj("artifacts", "log", bundled, "notes ü").code == 0
    done = mlproj("export", bundled, "-o", "run.zip")
    assert done.code == 0, done.err
    before = mlproj("runs", "show", bundled, "--json").json
    (tmp_path / "project").rename(tmp_path / "gone")
    home = tmp_path / "home two"
    environ = {"MLPROJ_HOME": str(home)}
    done = mlproj("import", "run.zip", "--json", environ=environ)
    assert done.code == 0, done.err
    assert (done.json["written"], done.json["present"], done.json["agree"]) == (1, 0, True)
    after = mlproj("runs", "show", bundled, "--json", environ=environ).json
    for part in ("params", "metrics", "status", "start_time", "end_time", "name"):
        assert after.get(part) == before.get(part)
    changed = {key for key in before["tags"] if before["tags"][key] != after["tags"][key]}
    assert changed <= {"mlproj.record.sha256"}
    (record,) = home.rglob("mlproj/run.json")
    assert after["tags"]["mlproj.record.sha256"] == hashlib.sha256(record.read_bytes()).hexdigest()
    (kept,) = home.rglob("a $(rm) 'b'.txt")
    assert kept.read_text() == "noted\n"
    done = mlproj("import", "run.zip", "--json", "--link", environ=environ)
    assert (done.code, done.json["written"], done.json["present"]) == (0, 0, 1)
    done = mlproj("run", f"runs:/{bundled}", "--json", "-P", "alpha=7", environ=environ)
    assert done.code == 0, done.err


@pytest.mark.usefixtures("bundled")
def test_an_archive_without_a_run_is_not_imported(mlproj: "Program", tmp_path: Path) -> None:
    done = mlproj("export", "run.zip", "-o", "again.zip", environ={"MLPROJ_HOME": str(tmp_path / "home two")})
    assert done.code == 0
    assert "not imported" in done.err
    (tmp_path / "cut.zip").write_bytes((tmp_path / "run.zip").read_bytes()[:4000])
    for name, said in (("again.zip", "no run to import"), ("cut.zip", "no zip archive")):
        done = mlproj("import", name)
        assert done.code in {2, 3}
        assert said in done.err
    assert not [path for path in tmp_path.rglob("mlproj-*") if path.is_dir()]


def write_wheel(folder: Path) -> None:
    """A package `tiny` that holds the number 42."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as opened:
        opened.writestr("tiny.py", "number = 42\n")
        opened.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        opened.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        opened.writestr("tiny-1.0.dist-info/RECORD", "")


def run_with_tiny(mlproj: "Program", project: "Write", tmp_path: Path) -> tuple[str, dict[str, str]]:
    """A run that needs `tiny`, and the variables by which it is found; nothing else is."""
    write_wheel(tmp_path / "packages ü")
    found = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (tmp_path / "packages ü").as_uri()}
    project(
        """
        python_env: python_env.yaml
        entry_points:
          main:
            command: "python -c 'import tiny; print(tiny.number)' > out.txt"
            outputs: [out.txt]
        """,
        python_env__yaml="dependencies: [tiny]\n",
    )
    done = mlproj("run", "project", "--json", environ=found)
    assert done.code == 0, done.err
    return str(done.json["run_id"]), found


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_bundle_with_packages_needs_no_index(
    mlproj: "Program", project: "Write", tmp_path: Path, installer: str
) -> None:
    run_id, found = run_with_tiny(mlproj, project, tmp_path)
    done = mlproj("export", run_id, "-o", "full.zip", "--with-packages", environ=found)
    assert done.code == 0, done.err
    with zipfile.ZipFile(tmp_path / "full.zip") as opened:
        assert "mlproj/wheels/tiny-1.0-py3-none-any.whl" in opened.namelist()
    assert mlproj("export", run_id, "-o", "bare.zip", environ=found).code == 0
    (tmp_path / "packages ü").rename(tmp_path / "gone")
    environ = {
        "PIP_NO_INDEX": "1",
        "MLPROJ_INSTALLER": installer,
        "MLPROJ_HOME": str(tmp_path / "home"),
        "MLPROJ_CACHE_DIR": str(tmp_path / "cache"),
        "UV_CACHE_DIR": str(tmp_path / "uv"),
    }
    assert mlproj("reproduce", "bare.zip", environ=environ).code == 4
    command = "run" if installer == "uv" else "reproduce"  # whichever comes first builds
    done = mlproj(command, "full.zip", environ=environ)
    assert done.code == 0, done.out + done.err
    done = mlproj("reproduce", "full.zip", environ=environ)
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out


def test_a_bundle_runs_offline_from_the_caches(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    run_id, found = run_with_tiny(mlproj, project, tmp_path)
    assert mlproj("export", run_id, "-o", "run.zip", environ=found).code == 0
    (tmp_path / "packages ü").rename(tmp_path / "gone")
    done = mlproj("export", run_id, "-o", "full.zip", "--with-packages", environ={"PIP_NO_INDEX": "1"})
    assert (done.code, (tmp_path / "full.zip").exists()) == (4, False)
    assert "tiny" in done.err
    done = mlproj("reproduce", "run.zip", environ={"PIP_NO_INDEX": "1", "MLPROJ_HOME": str(tmp_path / "home two")})
    assert done.code == 0, done.out + done.err


def test_where_packages_cannot_go_in(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    project("entry_points: {main: {command: 'true'}}\n")
    run_id = mlproj("run", "project", "--json", "--env-manager", "local").json["run_id"]
    done = mlproj("export", run_id, "-o", "run.zip", "--with-packages")
    assert (done.code, (tmp_path / "run.zip").exists()) == (2, False)
    assert "--with-packages" in done.err
    assert mlproj("export", run_id, "-o", "run.jsonl", "--with-packages").code == 2
