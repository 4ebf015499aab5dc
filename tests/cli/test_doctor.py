from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def test_a_sound_machine(mlproj: "Program") -> None:
    done = mlproj("doctor", "--json", environ={"HTTPS_PROXY": "http://ada:hunter2@proxy:3128"})
    findings = {finding["name"]: finding for finding in done.json}
    assert done.code == 0
    assert findings["git"]["fine"] is True
    assert findings["uv"]["fine"] is True
    assert findings["pythons"]["value"]
    assert findings["HTTPS_PROXY"]["value"] == "http://proxy:3128"
    assert "1 experiment)" in findings["store"]["value"]
    assert "hunter2" not in done.out


def test_what_stands_in_the_way_is_named(mlproj: "Program", environment: Path) -> None:
    home = environment / "mlproj-home"
    home.mkdir()
    (home / "mlproj.db").write_text("this is no database, but it is long enough to be looked at " * 50)
    cache = environment / "mlproj-cache"
    cache.write_text("a file")
    done = mlproj("doctor")
    assert done.code == 2
    assert "BAD store:" in done.out
    assert "BAD cache_dir:" in done.out
    assert done.err == ""


def test_missing_programs_are_said(mlproj: "Program", tmp_path: Path) -> None:
    import shutil

    found = shutil.which("mlproj")
    assert found is not None
    (tmp_path / "mlproj").symlink_to(found)
    done = mlproj("doctor", environ={"PATH": str(tmp_path)})
    assert "git:          missing" in done.out


def test_a_broken_program_is_bad(mlproj: "Program", tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    done = mlproj("doctor", environ={"PATH": f"{tmp_path}:{mlproj.environ(None)['PATH']}"})
    assert "BAD git:" in done.out


def test_an_engine_that_is_not_there_is_said_and_stands_in_no_way(mlproj: "Program", tmp_path: Path) -> None:
    done = mlproj("doctor", "--json", environ={"DOCKER_HOST": f"unix://{tmp_path}/none"})
    (engine,) = [finding for finding in done.json if finding["name"] == "engine"]
    assert (done.code, engine["fine"]) == (0, None)
    assert engine["hint"] == "for Docker projects: there is no container engine here"
