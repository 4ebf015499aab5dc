"""Several processes of `mlproj server` over one PostgreSQL."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import urllib3

if TYPE_CHECKING:
    from tests.tracking.conftest import Postgres

HEADERS = {"Content-Type": "application/json"}


@contextmanager
def served(uri: str, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    program = str(Path(sys.executable).with_name("mlproj"))
    command = [program, "server", "-p", "0", "--store", uri, "--workers", "2", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        try:
            yield process, line.split()[-1]
        finally:
            process.kill()


def call(url: str, path: str, **body: object) -> Any:
    """With a connection of its own, so that any worker may answer."""
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request("POST", f"{url}/api/2.0/mlflow/{path}", body=json.dumps(body).encode(), headers=HEADERS)
        assert answer.status == 200, answer.data
        return answer.json()


def until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(0.05)


def answers(url: str) -> bool:
    with urllib3.PoolManager(retries=False) as pool:
        try:
            return pool.request("GET", f"{url}/health", timeout=1).status == 200
        except urllib3.exceptions.HTTPError:
            return False


def test_workers_share_a_database_and_replace_one_another(postgres: "Postgres") -> None:
    with served(postgres.new_database()) as (process, url):
        parent = psutil.Process(process.pid)
        first = {child.pid for child in parent.children()}
        assert len(first) == 2
        with ThreadPoolExecutor(8) as threads:
            made = set(
                threads.map(lambda _: call(url, "runs/create", experiment_id="0")["run"]["info"]["run_id"], range(40))
            )
        assert len(made) == 40
        victim = first.pop()
        psutil.Process(victim).kill()
        until(lambda: len({child.pid for child in parent.children()} - {victim}) == 2)
        until(lambda: answers(url))
        assert len(call(url, "runs/search", experiment_ids=["0"])["runs"]) == 40
        process.terminate()
        assert process.wait(30) == 143
        assert not any(psutil.pid_exists(pid) for pid in first)


def test_an_interrupt_ends_all_of_them(postgres: "Postgres") -> None:
    with served(postgres.new_database()) as (process, _):
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert psutil.wait_procs(children, 30)[1] == []


def test_workers_end_with_their_parent(postgres: "Postgres") -> None:
    with served(postgres.new_database()) as (process, _):
        children = psutil.Process(process.pid).children()
        process.kill()
        assert psutil.wait_procs(children, 30)[1] == []


def test_a_store_that_cannot_be_opened_is_told_of_once(postgres: "Postgres") -> None:
    with pytest.raises(AssertionError) as failed, served(f"{postgres.uri()}-nowhere"):
        pass
    assert str(failed.value).count("mlproj: error:") == 1
    assert "s3cret" not in str(failed.value)


def numbers(url: str) -> dict[str, float]:
    with urllib3.PoolManager(retries=False) as pool:
        lines = pool.request("GET", f"{url}/metrics").data.decode().splitlines()
    assert len({line for line in lines if line.startswith("#")}) == sum(line.startswith("#") for line in lines)
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_a_scrape_has_the_numbers_of_all_workers(postgres: "Postgres") -> None:
    made = 'route="/api/2.0/mlflow/runs/create",status="200"'
    with served(postgres.new_database()) as (process, url):
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: call(url, "runs/create", experiment_id="0"), range(40)))
        counts: dict[str, float] = {}
        for _ in range(5):
            found = numbers(url)
            counts = {key: value for key, value in found.items() if made in key}
            assert sum(counts.values()) == 40
            assert {key.partition('worker="')[2][0] for key in found} == {"1", "2"}
        victim = psutil.Process(process.pid).children()[0]
        victim.kill()
        until(lambda: len({key for key in numbers(url) if "process_start_time_seconds" in key}) == 2)
        after = {key: value for key, value in numbers(url).items() if made in key}
        assert after.items() <= counts.items()
