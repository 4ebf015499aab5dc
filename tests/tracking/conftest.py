"""Stores to test: a SQLite file, and the same behind our server and the REST client."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import cast

import pytest

from mlproj.server.app import build_app
from mlproj.server.guard import Guard
from mlproj.server.hosts import NamedHosts
from mlproj.server.service import Service
from mlproj.server.serving import serve
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import RestStore, open_rest


class Served:
    """A server that answers from whatever store the test at hand has: starting one for each would take a while."""

    def __init__(self) -> None:
        self.store: LocalStore | None = None
        self.failures: list[BaseException] = []
        self.url = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    served = Served()
    stopping, wake = socket.socketpair()
    listening = socket.create_server(("127.0.0.1", 0))
    served.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def answer() -> None:
        with Service(cast("LocalStore", served), served.failures.append) as service:
            serve(Guard(build_app(service), hosts=NamedHosts(()), on_error=served.failures.append), listening, stopping)

    thread = Thread(target=answer)
    thread.start()
    yield served
    wake.send(b"x")
    thread.join()
    for end in (stopping, wake, listening):
        end.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[LocalStore]:
    with closing(open_sqlite(tmp_path / "home" / "mlproj.db")) as store:
        yield store


@pytest.fixture
def rest(server: Served, sqlite_store: LocalStore) -> Iterator[Callable[..., RestStore]]:
    """Opens REST stores of a server over `sqlite_store`, with whatever variables the test wants."""
    server.store = sqlite_store
    opened: list[RestStore] = []

    def open_one(uri: str = server.url, environ: Mapping[str, str] | None = None) -> RestStore:
        opened.append(open_rest(uri, environ={"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", **(environ or {})}))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
    failures, server.failures[:] = list(server.failures), []
    assert not failures


@pytest.fixture(params=["sqlite", "rest"])
def store(request: pytest.FixtureRequest) -> Store:
    """Every kind of store, over an empty database."""
    chosen = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "rest")
    return cast("Store", chosen if request.param == "sqlite" else chosen())
