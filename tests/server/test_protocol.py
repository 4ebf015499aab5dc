"""What is wrong with a request before it is one: answered with the envelope, in little memory, without a word more."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit

import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from tests.served import Client, served

from mlproj.server.endpoints.misc import health
from mlproj.server.protocol import BoundedProtocol

MB = 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[psutil.Process, str]]:
    home = tmp_path_factory.mktemp("server")
    with served(f"sqlite:///{home}/x.db") as (process, url):
        yield psutil.Process(process.pid), url


def answer(url: str, *parts: bytes) -> tuple[int, dict[str, str]]:
    """Status and JSON of what comes back, though it may come before all is sent."""
    place = urlsplit(url)
    said = b""
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection, suppress(OSError):
        with suppress(OSError):
            for part in parts:
                connection.sendall(part)
        while chunk := connection.recv(65536):
            said += chunk
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, json.loads(body) if body else {}


@pytest.mark.parametrize(
    "start",
    [b"GET /version HTTP/1.1\r\nHost: localhost\r\nX: ", b"GET /", b"GET /version HTTP/1.1\r\n"],
    ids=["header", "address", "headers"],
)
def test_endless_heads(server: tuple[psutil.Process, str], start: bytes) -> None:
    process, url = server
    before = process.memory_info().rss
    part = b"a" * MB if not start.endswith(b"\n") else b"a: b\r\n" * (MB // 6)
    status, _ = answer(url, start, *(part for _ in range(100)))
    assert status in {0, 431}  # what was still on its way may undo the answer
    assert process.memory_info().rss - before < 30 * MB
    assert Client(url).send("GET", "/health")[0] == 200


def test_a_long_head_is_told_so(server: tuple[psutil.Process, str]) -> None:
    _, url = server
    status, said = answer(url, b"GET / HTTP/1.1\r\nX: " + b"a" * (1024 * 1024 + 1))
    assert (status, said["error_code"]) == (431, "BAD_REQUEST")
    long = Client(url).send("GET", "/version", headers={"X-Long": "a" * 60_000})
    assert long[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"NONSENSE / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request(server: tuple[psutil.Process, str], sent: bytes) -> None:
    status, said = answer(server[1], sent)
    assert (status, said["error_code"]) == (400, "BAD_REQUEST")


def test_several_names_of_a_host(server: tuple[psutil.Process, str]) -> None:
    head = b"GET /version HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status, said = answer(server[1], head)
    assert (status, said["error_code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_names_that_are_no_text(server: tuple[psutil.Process, str], method: str) -> None:
    """Two such names would be one file."""
    client = Client(server[1])
    status, _, content = client.send(method, "/api/2.0/mlflow-artifacts/artifacts/0/a%ff", b"x")
    assert (status, json.loads(content)["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert client.send("PUT", "/api/2.0/mlflow-artifacts/artifacts/0/a%F0%9F%92%A5", b"x")[0] == 200


class Impatient(BoundedProtocol):
    latest_head = 0.2


def test_heads_that_do_not_come() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/health", health)])
    config = uvicorn.Config(app, http=Impatient, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listening],))
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        client = Client(url)
        assert client.send("GET", "/health")[0] == 200
        for start in (b"", b"GET /health HTTP/1.1\r\nHost: local"):
            status, said = answer(url, start)
            assert (status, said["error_code"]) == (408, "BAD_REQUEST")
        assert client.send("GET", "/health")[0] == 200
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
