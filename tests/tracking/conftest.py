"""Stores to test: a SQLite file, the same behind our server and the REST client, and a PostgreSQL database."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Thread
from typing import cast

import psycopg
import pytest

from mlproj.server.app import build_app
from mlproj.server.guard import Guard
from mlproj.server.hosts import NamedHosts
from mlproj.server.service import Service
from mlproj.server.serving import serve
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import RestStore, open_rest
from mlproj.tracking.sql.postgresql import open_postgresql


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


class Postgres:
    """A PostgreSQL server of the tests' own, on a free port of loopback; run by another user where we are root."""

    def __init__(self, home: Path, programs: Path) -> None:
        self._programs = programs
        self._data = home / "data"
        self._socket = home
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._names = count(1)
        if os.getuid() == 0:
            shutil.chown(home, "postgres")
        self._call("initdb", "-A", "trust", "-U", "ada", "-E", "UTF8", "--locale=C", "-N", "-D", str(self._data))

    def start(self) -> None:
        settings = f"-p {self.port} -k {self._socket} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._call("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self._socket / "log"), "-o", settings)

    def stop(self, mode: str = "immediate") -> None:
        self._call("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self._data))

    def uri(self, database: str = "postgres") -> str:
        return f"postgresql://ada:s3cret@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.uri(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self, options: str = "") -> str:
        """The address of an empty database."""
        name = f"test{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return self.uri(name)

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            rights = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            command = ["setpriv", *rights, *command]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, done.stderr.decode()


def _programs() -> Path | None:
    """Where PostgreSQL's own programs are: Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[4]))
    program = found[-1] if found else shutil.which("pg_ctl")
    return Path(program).resolve().parent if program else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres | None]:
    programs = _programs()
    if programs is None:
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="mlproj-pg-"))
    try:
        server = Postgres(home, programs)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: Postgres | None, require: Callable[[object, str], None]) -> Postgres:
    require(postgres_server, "PostgreSQL")
    assert postgres_server is not None
    return postgres_server


@pytest.fixture(scope="session")
def shared_database(postgres_server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    """One store for all tests: making the tables anew for each would take a while."""
    assert postgres_server is not None
    root = str(tmp_path_factory.mktemp("postgresql") / "artifacts")
    uri = postgres_server.new_database()
    with closing(open_postgresql(uri, artifact_root=None, default_root=root, environ={})) as store:
        yield store


@pytest.fixture
def postgres_store(postgres: Postgres, request: pytest.FixtureRequest) -> LocalStore:
    """A store in PostgreSQL, emptied before each test."""
    store = cast("LocalStore", request.getfixturevalue("shared_database"))
    name = store.uri.rpartition("/")[2]
    postgres.execute(EMPTY, name)
    return store


EMPTY = """
DO $$ DECLARE names text; BEGIN
    SELECT string_agg(quote_ident(tablename), ', ') INTO names FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'meta');
    EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE';
    INSERT INTO experiments VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active', 1, 1);
END $$
"""
STORES = {"sqlite": "sqlite_store", "rest": "rest", "postgresql": "postgres_store"}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Every kind of store, over an empty database."""
    chosen = request.getfixturevalue(STORES[request.param])
    return cast("Store", chosen() if request.param == "rest" else chosen)
