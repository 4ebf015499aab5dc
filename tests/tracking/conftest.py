"""Stores to test: a SQLite file, and the same behind our server and the REST client."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from mlproj.server.app import build_app
from mlproj.server.guard import Guard
from mlproj.server.service import Service
from mlproj.server.serving import serve
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import open_rest

Serving = Callable[[LocalStore], str]


@contextmanager
def served(store: LocalStore) -> Iterator[str]:
    """The URL of our server over a store."""
    failures: list[BaseException] = []
    stopping, wake = socket.socketpair()
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def answer() -> None:
        with Service(store, failures.append) as service:
            serve(Guard(build_app(service), hosts=(), on_error=failures.append), listening, stopping)

    thread = Thread(target=answer)
    thread.start()
    try:
        yield url
    finally:
        wake.send(b"x")
        thread.join()
        for end in (stopping, wake, listening):
            end.close()
    assert not failures


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[LocalStore]:
    with closing(open_sqlite(tmp_path / "home" / "mlproj.db")) as store:
        yield store


@pytest.fixture(params=["sqlite", "rest"])
def store(request: pytest.FixtureRequest, sqlite_store: LocalStore) -> Iterator[Store]:
    """Every kind of store, over an empty database."""
    if request.param == "sqlite":
        yield sqlite_store
        return
    with (
        served(sqlite_store) as url,
        closing(open_rest(url, environ={"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"})) as store,
    ):
        yield store


@pytest.fixture
def serving(sqlite_store: LocalStore) -> Iterator[str]:
    with served(sqlite_store) as url:
        yield url


@pytest.fixture
def rest(serving: str) -> Iterator[Callable[..., Store]]:
    """Opens REST stores of one server, with whatever variables the test wants."""
    opened: list[Store] = []

    def open_one(uri: str = serving, environ: Mapping[str, str] | None = None) -> Store:
        opened.append(open_rest(uri, environ={"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", **(environ or {})}))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
