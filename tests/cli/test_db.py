"""`mlproj db` through the command line: a store that is healthy, one that is not, and copies of one in use."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.s3_server import SECRET, running_s3

from mlproj.config import load_settings
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Metric
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.sql.upkeep import back_up, check_database

if TYPE_CHECKING:
    from tests.cli.conftest import Program


@pytest.fixture
def database() -> Path:
    return load_settings().home / "mlproj.db"


@pytest.fixture
def store(database: Path) -> Iterator[LocalStore]:
    with closing(open_sqlite(database)) as opened:
        yield opened


def test_upgrade(mlproj: "Program", database: Path) -> None:
    new = mlproj("db", "upgrade", "--json").json
    assert new["before"] == 0
    assert new["after"] > 0
    assert new["database"] == str(database)
    assert "nothing to do" in mlproj("db", "upgrade").err
    with closing(sqlite3.connect(database)) as sql:
        sql.execute("DROP TABLE migrations")
    assert mlproj("db", "check").code == 6


def test_a_healthy_store(mlproj: "Program", store: LocalStore) -> None:
    store.create_run("0", start_time=1)
    done = mlproj("db", "check")
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()][1:] == [
        ["integrity", "ok"],
        ["references", "ok"],
        ["migrations", "ok"],
    ]
    assert mlproj("db", "check", "--json").json["ok"] is True


def test_references_that_dangle(mlproj: "Program", store: LocalStore, database: Path) -> None:
    store.create_run("0", start_time=1)
    with closing(sqlite3.connect(database)) as sql:
        sql.execute("DELETE FROM experiments")
        sql.commit()
    done = mlproj("db", "check", "--json")
    assert done.code == 6
    assert done.json["references"] == ["runs, row 1: its experiments is gone"]


def test_a_damaged_file(mlproj: "Program", database: Path) -> None:
    with closing(open_sqlite(database)) as store:
        for number in range(300):
            store.create_run("0", start_time=number)
    with closing(sqlite3.connect(database)) as sql:
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(database.read_bytes())
    data[4096 * 8 : 4096 * 20] = b"\xff" * (4096 * 12)
    database.write_bytes(data)
    done = mlproj("db", "check")
    assert done.code == 6
    assert "Traceback" not in done.err
    database.write_bytes(b"no database" * 1000)
    done = mlproj("db", "check")
    assert (done.code, done.out) == (6, "")
    assert "damaged" in done.err


def test_a_copy_of_a_store_in_use(store: LocalStore, database: Path, tmp_path: Path) -> None:
    run_id = store.create_run("0", start_time=1).run_id
    stop = threading.Event()

    def write() -> None:
        step = 0
        while not stop.is_set():
            step += 1
            store.log_batch(run_id, metrics=[Metric(key="m", value=1, timestamp=step, step=step)])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        copy = back_up(database, tmp_path / "copy of it.db")
    finally:
        stop.set()
        thread.join()
    assert check_database(copy).ok
    with closing(open_sqlite(copy)) as restored:
        assert restored.get_run(run_id).run_id == run_id
    assert not list(tmp_path.glob(".*"))


def test_where_copies_go(mlproj: "Program", store: LocalStore, database: Path, tmp_path: Path) -> None:
    done = mlproj("db", "backup")
    assert done.code == 0
    (copy,) = database.parent.glob("mlproj-*.db")
    assert str(copy) in done.err
    (tmp_path / "folder").mkdir()
    assert mlproj("db", "backup", "--to", "folder", "--json").json["file"] == str(tmp_path / "folder" / "mlproj.db")
    assert "there already" in mlproj("db", "backup", "--to", "folder").err
    assert "no such directory" in mlproj("db", "backup", "--to", "no/where").err


def test_no_store_yet(mlproj: "Program", database: Path) -> None:
    for word in ("check", "backup"):
        done = mlproj("db", word)
        assert done.code == 2
        assert "no store yet" in done.err
    assert not database.exists()


@pytest.mark.parametrize("word", ["check", "backup", "upgrade"])
def test_stores_that_are_no_files(mlproj: "Program", word: str) -> None:
    done = mlproj("db", word, "--tracking-uri", "http://me:hush@127.0.0.1:9")
    assert done.code == 2
    assert "for databases" in done.err
    assert "hush" not in done.err


def test_the_artifact_root(mlproj: "Program", store: LocalStore, tmp_path: Path) -> None:
    done = mlproj("db", "set-artifact-root", "some where", "--json")
    assert done.json["after"] == str(tmp_path / "some where")
    assert "are not moved" in mlproj("db", "set-artifact-root", "gs://bucket/x").err
    assert mlproj("db", "set-artifact-root", "ftp://x").code == 2
    assert mlproj("db", "set-artifact-root", "s3://key:hush@x").code == 2
    assert (
        "where its database is" in mlproj("db", "set-artifact-root", "/x", "--tracking-uri", "http://127.0.0.1:9").err
    )


def test_runs_with_their_files_in_a_bucket(mlproj: "Program", tmp_path: Path) -> None:
    """A run, a script in it, a detached run, path parameters: all by a server that wants credentials."""
    (tmp_path / "MLproject").write_text(
        "name: cloudy\n"
        "entry_points:\n"
        "  main:\n    parameters: {data: path}\n    command: 'cat {data}'\n"
        "  plain: {command: 'echo plain'}\n"
    )
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.txt").write_text("from the bucket\n")
    with running_s3() as s3:
        bucket = s3.bucket()
        environ = s3.environ
        assert mlproj("db", "set-artifact-root", f"s3://{bucket}/team", environ=environ).code == 0
        done = mlproj("run", ".", "-e", "plain", environ=environ)
        assert (done.code, done.out) == (0, "plain\n"), done.err
        run_id = mlproj.only_run()["run_id"]
        listed = mlproj("artifacts", "list", run_id, "-r", "--json", environ=environ).json
        assert {"mlproj/run.json", "mlproj/output.log"} <= {item["path"] for item in listed}
        assert mlproj("runs", "logs", run_id, environ=environ).out == "plain\n"
        assert mlproj("artifacts", "log", run_id, "tree", environ=environ).code == 0
        place = f"s3://{bucket}/team/{mlproj.only_run()['experiment_id']}/{run_id}/artifacts/tree"
        for data in (f"{place}/a.txt", f"runs:/{run_id}/tree/a.txt"):
            done = mlproj("run", ".", "-P", f"data={data}", environ=environ)
            assert (done.code, done.out) == (0, "from the bucket\n"), done.err
        missing = mlproj("run", ".", "-P", f"data={place}/none", environ=environ)
        assert missing.code == 2
        assert "no such artifact" in missing.err
        started = mlproj("run", ".", "-e", "plain", "-d", environ=environ)
        assert started.code == 0, started.err
        assert mlproj("runs", "wait", started.out.strip(), environ=environ).code == 0
        assert mlproj("runs", "logs", started.out.strip(), environ=environ).out == "plain\n"
        assert f"/{run_id}/" in s3.get(bucket)
        assert mlproj("runs", "delete", run_id).code == 0
        assert run_id in mlproj("gc", environ=environ).out
        assert f"/{run_id}/" not in s3.get(bucket)
        run_id = started.out.strip()
        wrong = mlproj("artifacts", "list", run_id, environ={**environ, "MLFLOW_S3_ENDPOINT_URL": "http://127.0.0.1:9"})
        assert wrong.code == 6
        assert SECRET not in wrong.err
