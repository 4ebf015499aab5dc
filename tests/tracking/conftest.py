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
from typing import TYPE_CHECKING, cast

import psycopg
import pytest

from mlproj.server.access.guard import Guard
from mlproj.server.access.hosts import NamedHosts
from mlproj.server.app import build_app
from mlproj.server.service import Service
from mlproj.server.serving import serve
from mlproj.tracking.base import LocalStore, Store
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import RestStore, open_rest
from mlproj.tracking.sql.postgresql import open_postgresql

if TYPE_CHECKING:
    from tests.conftest import Genuine


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
            app = Guard(build_app(service), hosts=NamedHosts(()), on_error=served.failures.append)
            serve(app, [listening], stopping)

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
        self.programs = programs
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
        command = [str(self.programs / program), *arguments]
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
# --- a genuine MLflow server -----------------------------------------------------------------------------------------

LAX_FILTER = "it reads a filter that is not whole as far as it goes"
ONLY_METRICS = "logged models cannot be ordered by params and tags"
DIFFERENCES = {
    "test_a_given_artifact_location_is_kept": "it keeps the slash at the end of a location",
    "test_experiment_names_are_checked[genuine- ]": "it takes a name of blanks alone",
    "test_renaming_an_experiment": "a name that is taken is an INVALID_PARAMETER_VALUE that quotes the database",
    "test_searching_experiments": "experiments cannot be ordered by a tag",
    "test_name_and_name_tag_agree": "the tag of a run's name can be deleted, and then the run has none",
    "test_filters_that_make_no_sense[genuine-params.a = '1' AND]": LAX_FILTER,
    "test_filters_that_make_no_sense[genuine-AND params.a = '1']": LAX_FILTER,
    "test_filters_that_make_no_sense[genuine-params.a = '1' params.b = '2']": LAX_FILTER,
    "test_filters_that_make_no_sense[genuine-params. = '1']": "it takes an empty key",
    "test_orders_that_make_no_sense[genuine-order2]": "it answers 500 to a key that is named twice",
    "test_artifacts_that_are_not_there": "it answers 500 to a file that is asked for as a directory",
    "test_names_that_cannot_be[genuine-name6]": "it takes a longer name than its database has room for",
    "test_only_an_active_stage_archives_the_others": "it answers 500",
    "test_aliases_that_cannot_be[genuine-a\\n]": "it takes a line break at the end",
    "test_a_damaged_note_on_a_logged_model_is_begun_anew": "it answers 500",
    "test_a_version_made_from_another": "it takes the name in a models: URI as it is written, and no stage or alias",
    "test_origins_that_are_not_there": "it does not ask whether the run is there",
    "test_a_long_note_on_a_logged_model_stays_whole": "it keeps a note of any length",
    "test_a_run_whose_files_are_elsewhere": "it takes no artifact location of ftp:",
    "test_models_by_their_age": "models cannot be ordered by their age",
    "test_filters_that_make_no_sense[genuine-tags.team IS NULL]": "it answers 500",
    "test_numbers_of_versions_are_whole[genuine-version_number = '1']": "it takes the number as text, too",
    "test_orders_of_logged_models_that_make_no_sense[genuine-item0]": "it takes any text for true",
    "test_params_of_a_model_can_be_logged_again_but_not_changed": "a param can be logged once",
    "test_a_version_shows_what_its_logged_model_was_made_with": "it does not",
    "test_sizes_of_pages_of_models[genuine-0]": "it takes every size below the limit",
    "test_sizes_of_pages_of_models[genuine--1]": "it takes every size below the limit",
    "test_names_of_logged_models_may_have_slashes": "they must not",
    "test_logged_models_end_ready_or_failed": "it takes every status",
    "test_points_of_models_that_are_not_there": "it is an INVALID_PARAMETER_VALUE that quotes the database",
    "test_points_of_a_model_may_be_no_numbers": "they are 0 then",
    "test_filters[genuine-status = 'LOGGED_MODEL_PENDING'-abc]": "it compares the status with a number that it keeps",
    "test_data_sets_by_name_alone": "a data set without a digest is none",
    "test_orders[genuine-order2-cba]": ONLY_METRICS,
    "test_orders[genuine-order6-cba]": ONLY_METRICS,
    "test_filters_that_make_no_sense[genuine-nobody = 'x']": "it answers 500",
}
"""The tests of the contract that a genuine server does not pass, and why: each fails if it comes to pass."""


@pytest.fixture
def genuine_store(genuine: "Genuine", request: pytest.FixtureRequest) -> Iterator[Store]:
    """The REST store over a genuine server, emptied before each test."""
    name = request.node.name
    if reason := DIFFERENCES.get(name) or DIFFERENCES.get(name.partition("[")[0]):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    with closing(open_rest(genuine.url, environ={"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"})) as store:
        yield store


STORES = {"sqlite": "sqlite_store", "rest": "rest", "postgresql": "postgres_store", "genuine": "genuine_store"}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Every kind of store, over an empty database."""
    chosen = request.getfixturevalue(STORES[request.param])
    return cast("Store", chosen() if request.param == "rest" else chosen)
