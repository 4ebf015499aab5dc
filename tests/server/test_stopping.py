"""A server that is told to stop finishes what is under way: files that come and go, and writes that wait."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
import urllib3
from tests.served import Client, log_until, served

MB = 1_000_000
FILES = "/api/2.0/mlflow-artifacts/artifacts"


def until_closed(url: str) -> None:
    """Wait until nobody else comes in."""
    place = urlsplit(url)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection((place.hostname, place.port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)


def test_files_under_way_arrive_whole(tmp_path: Path) -> None:
    with served(f"sqlite:///{tmp_path}/x.db") as (process, url), ThreadPoolExecutor() as threads:
        place = f"{url}{FILES}/0/{Client(url).create_run()}/artifacts"
        data = os.urandom(40 * MB)
        with urllib3.PoolManager(retries=False) as pool:
            assert pool.request("PUT", f"{place}/down", body=data).status == 200
            begun, going = Event(), Event()

            def slowly() -> Iterator[bytes]:
                yield data[:MB]
                begun.set()
                assert going.wait(60)
                yield data[MB:]

            up = threads.submit(pool.request, "PUT", f"{place}/up", body=slowly())
            assert begun.wait(60)
            down = pool.request("GET", f"{place}/down", preload_content=False)
            first = down.read(MB)
            process.send_signal(signal.SIGTERM)
            until_closed(url)
            going.set()
            assert first + down.read() == data
            assert up.result().status == 200
        assert process.wait(60) == 143
    (kept,) = tmp_path.glob("artifacts/0/*/artifacts/up")
    assert kept.read_bytes() == data


@pytest.mark.parametrize("turn", range(5))
def test_writes_that_wait_are_written_or_refused(tmp_path: Path, turn: int) -> None:
    """Again and again: a client may come in just when the signal does."""
    with served(f"sqlite:///{tmp_path}/x.db") as (process, url), ThreadPoolExecutor(8) as threads:
        run_id, some = Client(url).create_run(), Event()
        writing = [
            threads.submit(log_until, Event(), url, run_id, f"m{number}", on_written=some.set) for number in range(8)
        ]
        assert some.wait(60)
        process.send_signal(signal.SIGTERM)
        outcomes = [outcome.result() for outcome in writing]
        assert process.wait(60) == 143
    assert {status for _, refused in outcomes for status, _ in refused} <= {503}, turn
    with served(f"sqlite:///{tmp_path}/x.db") as (_, url):
        client = Client(url)
        for number, (steps, _) in enumerate(outcomes):
            name = f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=m{number}"
            content = client.send("GET", name)[2]
            assert content.count(b'"step"') >= len(steps)


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with served(f"sqlite:///{tmp_path}/x.db") as (process, url):
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port)) as connection:
            head = f"PUT {FILES}/0/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx".encode()
            connection.sendall(head)
            Client(url).send("GET", "/health")
            process.send_signal(signal.SIGTERM)
            until_closed(url)
            process.send_signal(signal.SIGTERM)
            assert process.wait(8) == 143
    assert list(tmp_path.glob("artifacts/**/*.part")) == []


def test_who_takes_too_long_is_told_so(tmp_path: Path) -> None:
    if os.environ.get("CI") != "true":  # noqa: TID251 - it takes as long as a server waits
        pytest.skip("set CI=true for tests that take long")
    with served(f"sqlite:///{tmp_path}/x.db") as (process, url):
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
            head = f"PUT {FILES}/0/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx".encode()
            connection.sendall(head)
            Client(url).send("GET", "/health")
            process.send_signal(signal.SIGTERM)
            said = b"".join(iter(lambda: connection.recv(1000), b""))
        assert said.startswith(b"HTTP/1.1 503")
        assert b"TEMPORARILY_UNAVAILABLE" in said
        assert process.wait(60) == 143
    assert list(tmp_path.glob("artifacts/**/*.part")) == []
