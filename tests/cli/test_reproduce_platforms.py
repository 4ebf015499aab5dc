"""Runs of another platform: what their record says is changed to one that this machine is not."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.envs.conftest import write_wheel

from mlproj.envs.platforms import this_platform

if TYPE_CHECKING:
    from tests.cli.conftest import Program

Write = Callable[..., Path]
ELSEWHERE = "macos-arm64" if this_platform() != "macos-arm64" else "linux-x86_64"


def record_of(mlproj: "Program", run_id: str) -> dict[str, Any]:
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    (file,) = home.rglob(f"{run_id}/artifacts/mlproj/run.json")
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def written(record: dict[str, Any], place: Path) -> str:
    """The record as a file of its own; its lock's hash is that of its lock."""
    record["environment"]["lock_hash"] = hashlib.sha256(record["environment"]["lock"].encode()).hexdigest()
    place.write_text(json.dumps(record))
    return str(place)


@pytest.fixture
def first(mlproj: "Program", project: Write, tmp_path: Path) -> dict[str, Any]:
    """The record of a run of a project with two packages, of which one needs the other."""
    project(
        """
        name: wheels
        python_env: python_env.yaml
        entry_points:
          main:
            command: "python -c 'import planted; print(planted.VERSION)' > out.txt"
            outputs: [out.txt]
        """,
        python_env__yaml="build_dependencies: []\ndependencies: [-r requirements.txt]\n",
        requirements__txt=f"--no-index\n--find-links {tmp_path / 'wheels'}\nplanted\n",
    )
    write_wheel(tmp_path / "wheels", "planted", "1.0", requires=("other",))
    write_wheel(tmp_path / "wheels", "other", "1.0")
    done = mlproj("run", "project", "--json")
    assert done.code == 0, done.err
    return record_of(mlproj, done.json["run_id"])


def test_the_record_names_its_platform(first: dict[str, Any]) -> None:
    assert first["environment"]["platform"] == this_platform()


def test_a_lock_that_serves_is_no_obstacle(mlproj: "Program", first: dict[str, Any], tmp_path: Path) -> None:
    first["environment"]["platform"] = ELSEWHERE
    first["system"] |= {"os": "Plan 9 4.0", "machine": "mips"}
    done = mlproj("reproduce", written(first, tmp_path / "foreign.json"))
    assert done.code == 0, done.out + done.err
    assert "verdict: identical, on another machine (" in done.out
    assert "system OS: Plan 9 4.0 -> " in done.out


def test_a_lock_that_does_not_serve_ends_with_4(mlproj: "Program", first: dict[str, Any], tmp_path: Path) -> None:
    first["environment"]["platform"] = ELSEWHERE
    lock = first["environment"]["lock"]
    first["environment"]["lock"] = lock.replace("planted==1.0", "planted==9.0")
    done = mlproj("reproduce", written(first, tmp_path / "no wheel.json"))
    assert done.code == 4, done.out + done.err
    assert "verdict: cannot reproduce: " in done.out
    assert f"the lock was made for {ELSEWHERE} and does not serve {this_platform()}: " in done.out

    first["environment"]["lock"] = lock[lock.index("planted") :]
    done = mlproj("reproduce", written(first, tmp_path / "lacking.json"), "--json")
    assert done.code == 4, done.out + done.err
    assert f"does not serve {this_platform()}: planted asks for other here, which is not in it" in str(
        done.json["runs"][0]["error"]
    )


def test_a_lock_that_was_changed_is_not_built(mlproj: "Program", first: dict[str, Any], tmp_path: Path) -> None:
    first["environment"]["lock"] += "# more\n"
    (tmp_path / "changed.json").write_text(json.dumps(first))
    done = mlproj("reproduce", "changed.json")
    assert done.code == 4, done.out + done.err
    assert "the record's lock was changed" in done.out


def test_conda_packages_of_another_platform_end_with_4(
    mlproj: "Program", project: Write, conda_channels: Path, tmp_path: Path
) -> None:
    project(
        """
        name: x
        conda_env: conda.yaml
        entry_points: {main: {command: "echo $ANSWER_VERSION > out.txt", outputs: [out.txt]}}
        """,
        conda__yaml="channels: [conda-forge]\ndependencies: [libanswer=1.0]\n",
    )
    record = record_of(mlproj, mlproj("run", "project", "--json").json["run_id"])
    for subdir in ("linux-64", "osx-arm64", "osx-64", "linux-aarch64"):
        record["environment"]["lock"] = record["environment"]["lock"].replace(f"{subdir}:", "linux-ppc64le:")
        record["environment"]["lock"] = record["environment"]["lock"].replace(f": {subdir}", ": linux-ppc64le")
    done = mlproj("reproduce", written(record, tmp_path / "foreign.json"))
    assert done.code == 4, done.out + done.err
    assert "verdict: cannot reproduce: " in done.out
    assert "conda packages for linux-ppc64le" in done.out
