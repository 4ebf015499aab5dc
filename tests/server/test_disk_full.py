"""A server whose disk fills up, and has space again: nothing half-written, nothing lost, no restart."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event, Semaphore

import pytest
from tests.served import Client, log_until, served

CLIENTS = 8
ROOM = "4m"
FILES = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def small_disk(tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[Path]:
    """A file system of a few MiB."""
    disk = tmp_path / "small disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(disk)]
    mounted = sys.platform == "linux" and subprocess.run(command, check=False, capture_output=True).returncode == 0
    require(mounted, "the right to mount a file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Use up all space that is left."""
    with (disk / "ballast").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_database_of_a_server_under_load(small_disk: Path) -> None:
    database = small_disk / "mlproj.db"
    with served(f"sqlite:///{database}") as (process, url), ThreadPoolExecutor(CLIENTS) as threads:
        run_id, ended, done = Client(url).create_run(), Event(), Semaphore(0)
        writing = {
            f"m{number}": threads.submit(log_until, ended, url, run_id, f"m{number}", on_written=done.release)
            for number in range(CLIENTS)
        }
        try:
            for _ in range(100):
                done.acquire()
            fill(small_disk)
            client = Client(url)
            big = [{"key": f"p{number}", "value": "v" * 5000} for number in range(100)]
            status, said = client.ask("runs/log-batch", run_id=run_id, params=big)
            assert (status, said["error_code"]) == (500, "INTERNAL_ERROR")
            assert "the disk is full (free some space, then try again)" in said["message"]
            assert "params" not in client.post("runs/search", experiment_ids=["0"])["runs"][0]["data"]
            (small_disk / "ballast").unlink()
            assert client.ask("runs/log-batch", run_id=run_id, params=big)[0] == 200
            for _ in range(100):
                done.acquire()
        finally:
            ended.set()
        outcomes = {key: outcome.result() for key, outcome in writing.items()}
        process.terminate()
        assert process.wait(30) == 143
        assert process.stderr
        assert process.stderr.read().count("the disk is full") == 1
    for key, (steps, refused) in outcomes.items():
        assert all(status == 500 and "disk is full" in said["message"] for status, said in refused), refused
        with closing(sqlite3.connect(database)) as sql:
            kept = {row[0] for row in sql.execute("SELECT step FROM metrics WHERE key = ?", (key,))}
            assert kept == set(steps)
            assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_artifacts(small_disk: Path, tmp_path: Path) -> None:
    root = small_disk / "artifacts"
    with served(f"sqlite:///{tmp_path}/mlproj.db", "--artifacts", str(root)) as (_, url):
        client = Client(url)
        place = f"{FILES}/0/{client.create_run()}/artifacts"
        assert client.send("PUT", f"{place}/kept", b"old")[0] == 200
        fill(small_disk)
        data = os.urandom(1_000_000)
        for path in ("kept", "new"):
            status, headers, content = client.send("PUT", f"{place}/{path}", data)
            assert (status, headers["content-type"]) == (500, "application/json")
            assert b"No space left on device" in content
        assert files_below(root) == ["kept"]
        assert client.send("GET", f"{place}/kept")[2] == b"old"
        (small_disk / "ballast").unlink()
        for path in ("kept", "new"):
            assert client.send("PUT", f"{place}/{path}", data)[0] == 200
            assert client.send("GET", f"{place}/{path}")[2] == data


def test_a_server_starts_on_a_full_disk_and_says_why_it_cannot(small_disk: Path) -> None:
    fill(small_disk)
    program = str(Path(sys.executable).with_name("mlproj"))
    command = [program, "server", "-p", "0", "--store", f"sqlite:///{small_disk}/mlproj.db"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (6, "")
    assert len(done.stderr.splitlines()) == 1
    assert "space" in done.stderr
