"""`mlproj db` over PostgreSQL: its schema, its health, a copy that can be restored."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.config import process_environment
from mlproj.tracking.sql import migrations

if TYPE_CHECKING:
    from tests.tracking.conftest import Postgres


def db(*words: str, cwd: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    program = str(Path(sys.executable).with_name("mlproj"))
    variables = {**process_environment(), **environ}
    return subprocess.run([program, "db", *words], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def uri(postgres: "Postgres", tmp_path: Path) -> str:
    made = postgres.new_database()
    assert db("upgrade", "--tracking-uri", made, cwd=tmp_path).returncode == 0
    postgres.execute(
        "INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri,"
        " lifecycle_stage) VALUES ('a', 0, 'a', '', 'RUNNING', 1, '/x', 'active')",
        made.rpartition("/")[2],
    )
    return made


def test_upgrade(postgres: "Postgres", tmp_path: Path) -> None:
    uri = postgres.new_database()
    assert "no store yet" in db("check", "--tracking-uri", uri, cwd=tmp_path).stderr
    found = json.loads(db("upgrade", "--json", "--tracking-uri", uri, cwd=tmp_path).stdout)
    assert (found["before"], found["after"]) == (0, migrations.CURRENT)
    assert "s3cret" not in found["database"]
    assert "nothing to do" in db("upgrade", "--tracking-uri", uri, cwd=tmp_path).stderr


def test_a_healthy_database(uri: str, tmp_path: Path) -> None:
    done = db("check", "--tracking-uri", uri, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()][1:] == [
        ["integrity", "ok"],
        ["references", "ok"],
        ["migrations", "ok"],
    ]
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            "ALTER TABLE runs DISABLE TRIGGER ALL",
            ("integrity", "the references of runs are not enforced: a trigger is switched off"),
        ),
        (
            "SET session_replication_role = replica; DELETE FROM experiments",
            ("references", "runs: of 1 row the experiments are gone"),
        ),
        ("DROP TABLE params", ("integrity", "the table params is gone")),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'runs_of_stage'::regclass",
            ("integrity", "the index runs_of_stage is not valid"),
        ),
        ("INSERT INTO migrations VALUES (999, 1)", ("migrations", f"schema 999, this mlproj has {migrations.CURRENT}")),
    ],
    ids=["triggers", "orphans", "table", "index", "schema"],
)
def test_what_is_wrong_is_found(
    postgres: "Postgres", uri: str, tmp_path: Path, harm: str, said: tuple[str, str]
) -> None:
    postgres.execute(harm, uri.rpartition("/")[2])
    done = db("check", "--json", "--tracking-uri", uri, cwd=tmp_path)
    assert done.returncode == 6, done.stderr
    found = json.loads(done.stdout)
    part, problem = said
    assert (found["ok"], found[part]) == (False, [problem])


def test_a_copy_is_restored(postgres: "Postgres", uri: str, tmp_path: Path) -> None:
    programs = str(postgres.programs)
    path = f"{programs}:{os.defpath}"
    done = db("backup", "--json", "--tracking-uri", uri, cwd=tmp_path, PATH=path)
    assert done.returncode == 0, done.stderr
    file = Path(json.loads(done.stdout)["file"])
    assert file.parent == tmp_path
    fresh = postgres.new_database()
    subprocess.run([f"{programs}/pg_restore", "--exit-on-error", f"--dbname={fresh}", str(file)], check=True)
    assert db("check", "--tracking-uri", fresh, cwd=tmp_path).returncode == 0
    (tmp_path / "some where").mkdir()
    done = db("backup", "--to", "some where", "--tracking-uri", uri, cwd=tmp_path, PATH=path)
    assert f"some where/{uri.rpartition('/')[2]}.dump" in done.stderr
    again = db("backup", "--to", "some where", "--tracking-uri", uri, cwd=tmp_path, PATH=path)
    assert (again.returncode, "there already" in again.stderr) == (6, True)
    nowhere = db("backup", "--to", "no/where", "--tracking-uri", uri, cwd=tmp_path, PATH=path)
    assert (nowhere.returncode, "no such directory" in nowhere.stderr) == (6, True)


def test_without_pg_dump_the_command_is_told(uri: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    done = db("backup", "--tracking-uri", uri, cwd=tmp_path, PATH=str(tmp_path / "bin"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    name = uri.rpartition("@")[2]
    assert "pg_dump --format=custom --file=" in done.stderr
    assert f"--dbname=postgresql://{name})" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_dump_that_fails_leaves_nothing(uri: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    shell = shutil.which("sh")
    program.write_text(
        f"#!{shell}\necho half > \"${{3#--file=}}\"\necho 'pg_dump: error: server version: 99' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    done = db("backup", "--to", "copy", "--tracking-uri", uri, cwd=tmp_path, PATH=f"{program.parent}:{os.defpath}")
    assert done.returncode == 6
    assert "pg_dump ended with 1: pg_dump: error: server version: 99" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]


@pytest.mark.parametrize("word", ["check", "backup", "upgrade"])
def test_a_database_that_is_not_there(postgres: "Postgres", tmp_path: Path, word: str) -> None:
    done = db(word, "--tracking-uri", postgres.uri("nowhere"), cwd=tmp_path)
    assert done.returncode == 6
    assert len(done.stderr.splitlines()) == 1
    assert "s3cret" not in done.stderr
