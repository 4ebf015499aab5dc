"""The server's life: when it starts, how it ends, and who may come in."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import urllib3

from mlproj.config import process_environment
from mlproj.errors import StoreCorruptError
from mlproj.server.access.tokens import derive_url
from mlproj.server.embedded import EmbeddedServer
from mlproj.tracking.base import LocalStore
from mlproj.tracking.opening import open_sqlite

if TYPE_CHECKING:
    from tests.server.conftest import Api


def _get(url: str, **headers: str) -> tuple[int, str]:
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request("GET", url, headers=headers)
        return answer.status, answer.data.decode()


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("mlproj")}


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], LocalStore]:
    return lambda: open_sqlite(tmp_path / "mlproj.db")


def test_the_first_connection_finds_it_and_nothing_is_left(opened: Callable[[], LocalStore]) -> None:
    before = _threads()
    with EmbeddedServer(opened) as server:
        assert _get(f"{server.url_for('abc')}/health") == (200, "OK")
        assert _get(f"{server.url_for('abc')}/api/2.0/mlflow/experiments/get?experiment_id=0")[0] == 200
        port = urlsplit(server.url_for("abc")).port
    assert _threads() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_the_store_is_opened_by_the_first_request_that_needs_it(opened: Callable[[], LocalStore]) -> None:
    calls: list[LocalStore] = []

    def counted() -> LocalStore:
        calls.append(opened())
        return calls[-1]

    with EmbeddedServer(counted) as server, ThreadPoolExecutor(8) as pool:
        assert _get(f"{server.url_for('abc')}/health")[0] == 200
        assert calls == []
        url = f"{server.url_for('abc')}/api/2.0/mlflow/experiments/get?experiment_id=0"
        assert [status for status, _ in pool.map(_get, [url] * 20)] == [200] * 20
    assert len(calls) == 1


def test_without_a_connection_nothing_is_imported() -> None:
    script = """
import sys
from mlproj.server.embedded import EmbeddedServer
with EmbeddedServer(lambda: None) as server:
    server.url_for("abc")
heavy = {"starlette", "uvicorn", "uvloop", "asyncio", "orjson", "sqlite3", "anyio"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", script], check=True, env={})


def test_it_works_after_a_fork(opened: Callable[[], LocalStore]) -> None:
    """As the detached supervisor does it: nothing of ours runs in the parent."""
    script = f"""
import os, sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
import urllib3
from mlproj.server.embedded import EmbeddedServer
from mlproj.tracking.opening import open_sqlite
if os.fork() == 0:
    os.setsid()
    with EmbeddedServer(lambda: open_sqlite(Path("mlproj.db"))) as server:
        url = server.url_for("abc")
        url += "/api/2.0/mlflow/experiments/get?experiment_id=0"
        status = urllib3.PoolManager(retries=False).request("GET", url).status
    os._exit(0 if status == 200 else 1)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    with_store = opened()
    directory = Path(with_store.uri.removeprefix("sqlite:///")).parent
    with_store.close()
    subprocess.run([sys.executable, "-c", script], check=True, cwd=directory, env=dict(process_environment()))


def test_a_fork_that_holds_the_socket_does_not_keep_it_listening(opened: Callable[[], LocalStore]) -> None:
    script = """
import os, socket, sys, time
from urllib.parse import urlsplit
from mlproj.server.embedded import EmbeddedServer
with EmbeddedServer(lambda: None) as server:
    port = urlsplit(server.url_for("abc")).port
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    os.close(read)
try:
    socket.create_connection(("127.0.0.1", port), 2).close()
    refused = False
except ConnectionRefusedError:
    refused = True
os.close(write)
os.waitpid(child, 0)
assert refused or sys.platform != "linux"
"""
    subprocess.run([sys.executable, "-c", script], check=True, env=dict(process_environment()))


def test_it_works_without_uvloop(tmp_path: Path) -> None:
    """Which only CPython has."""
    script = """
import sys
sys.modules["uvloop"] = None
import urllib3
from mlproj.server.embedded import EmbeddedServer
with EmbeddedServer(lambda: None) as server, urllib3.PoolManager(retries=False) as pool:
    assert pool.request("GET", server.url_for("abc") + "/health").status == 200
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, env=dict(process_environment()))


def test_it_says_nothing_on_the_terminal(opened: Callable[[], LocalStore], capfd: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(opened) as server:
        parts = urlsplit(server.url_for("abc"))
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            connection.sendall(b"\x00 nonsense\r\n\r\n")
            assert b"400" in connection.recv(1000)
        _get(f"{server.url_for('abc')}/api/2.0/mlflow/nothing")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("connected", [False, True])
def test_stopping_from_another_thread_and_twice(opened: Callable[[], LocalStore], *, connected: bool) -> None:
    before = _threads()
    server = EmbeddedServer(opened)
    server.start()
    server.start()
    if connected:
        _get(f"{server.url_for('abc')}/health")
    others = [threading.Thread(target=server.stop) for _ in range(3)]
    for other in others:
        other.start()
    server.stop()
    assert _threads() <= before
    for other in others:
        other.join()


def test_it_can_be_started_again(opened: Callable[[], LocalStore]) -> None:
    server = EmbeddedServer(opened)
    for _ in range(2):
        with server:
            assert _get(f"{server.url_for('abc')}/health")[0] == 200


def test_stopping_before_it_was_started() -> None:
    EmbeddedServer(lambda: pytest.fail("nobody asked")).stop()


def test_stopping_while_it_starts(opened: Callable[[], LocalStore]) -> None:
    with EmbeddedServer(opened) as server:
        parts = urlsplit(server.url_for("abc"))
        connection = socket.create_connection((parts.hostname, parts.port))
    connection.close()


def test_an_exception_in_the_block_ends_it(opened: Callable[[], LocalStore]) -> None:
    server = EmbeddedServer(opened)

    def interrupted() -> None:
        with server:
            _get(f"{server.url_for('abc')}/health")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        _get(f"{server.url_for('abc')}/health")


def test_a_callback_may_stop_it(opened: Callable[[], LocalStore]) -> None:
    stopped = threading.Event()

    def failing() -> LocalStore:
        raise StoreCorruptError("the file is no database")

    def stop_and_tell() -> None:
        server.stop()
        stopped.set()

    def stop(_: BaseException) -> None:
        threading.Thread(target=stop_and_tell).start()

    server = EmbeddedServer(failing, on_error=stop)
    server.start()
    status, body = _get(f"{server.url_for('abc')}/api/2.0/mlflow/experiments/get?experiment_id=0")
    assert (status, json.loads(body)["error_code"]) == (500, "INTERNAL_ERROR")
    assert stopped.wait(30)


def test_a_bug_of_ours_is_told_and_answered(capfd: pytest.CaptureFixture[str]) -> None:
    def broken() -> LocalStore:
        raise RuntimeError("a bug")

    errors: list[BaseException] = []
    with EmbeddedServer(broken, on_error=errors.append) as server:
        status, body = _get(f"{server.url_for('abc')}/api/2.0/mlflow/experiments/get?experiment_id=0")
    assert (status, json.loads(body)["error_code"]) == (500, "INTERNAL_ERROR")
    assert "a bug" not in body
    assert [str(error) for error in errors] == ["a bug"]
    assert capfd.readouterr() == ("", "")


def test_without_a_callback_errors_become_notes(capfd: pytest.CaptureFixture[str]) -> None:
    def corrupt() -> LocalStore:
        raise StoreCorruptError("the file is no database", where="/x/mlproj.db")

    notes: list[str] = []
    with EmbeddedServer(corrupt, on_note=notes.append) as server:
        for _ in range(2):
            _get(f"{server.url_for('abc')}/api/2.0/mlflow/experiments/get?experiment_id=0")
    assert notes == ["what the job logs cannot be recorded: /x/mlproj.db: the file is no database"]
    assert capfd.readouterr() == ("", "")


def test_a_server_that_cannot_run_says_so() -> None:
    script = """
import sys
sys.modules["uvicorn"] = None
import socket
from urllib.parse import urlsplit
from mlproj.server.embedded import EmbeddedServer
notes = []
with EmbeddedServer(lambda: None, on_note=notes.append) as server:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url_for("abc")).port)) as connection:
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            pass
(note,) = notes
assert "ModuleNotFoundError" in note, note
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, env=dict(process_environment()))


def test_no_room_for_a_socket() -> None:
    script = """
import os, resource
from mlproj.errors import TrackingError
from mlproj.server.embedded import EmbeddedServer
free = os.dup(0)
os.close(free)
for room in (0, 1, 2):
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + room, 4096))
    server = EmbeddedServer(lambda: None)
    try:
        server.start()
    except TrackingError as error:
        assert str(error).startswith("cannot listen on 127.0.0.1: "), error
    else:
        raise AssertionError
    server.stop()
resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 4096))
server.start()
server.stop()
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, env=dict(process_environment()))


def test_many_at_once(tmp_path: Path) -> None:
    def serve(number: int) -> int:
        with EmbeddedServer(lambda: open_sqlite(tmp_path / f"{number}.db")) as server:
            return _get(f"{server.url_for('abc')}/api/2.0/mlflow/experiments/get?experiment_id=0")[0]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(serve, range(6))) == [200] * 6


def test_a_busy_client_does_not_hold_up_the_end(opened: Callable[[], LocalStore]) -> None:
    """An upload that never ends is cut off, and leaves no file."""
    with EmbeddedServer(opened) as server:
        parts = urlsplit(server.url_for("abc"))
        connection = socket.create_connection((parts.hostname, parts.port))
        path = f"{parts.path}/api/2.0/mlflow-artifacts/artifacts/half"
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf".encode())
        assert _get(f"{server.url_for('abc')}/health")[0] == 200
    connection.close()
    store = opened()
    assert store.artifact_root().list() == ()
    store.close()


# --- who may come in -------------------------------------------------------------------------------------------------


def test_without_the_token_nobody_comes_in(api: "Api") -> None:
    root, _, token = api.url.rpartition("/")
    for path in ("", "health", "version", "abc/health", f"{token[:-1]}x/health", f"{api.run_id}/health"):
        status, body = _get(f"{root}/{path}")
        assert (status, json.loads(body)["error_code"]) == (403, "PERMISSION_DENIED")


def test_a_run_derives_the_token_of_a_run_that_it_starts(api: "Api") -> None:
    url = derive_url(api.url, "inner")
    assert url == api.server.url_for("inner")
    assert _get(f"{url}/health")[0] == 200


def test_other_hosts_are_refused(api: "Api") -> None:
    status, body = _get(f"{api.url}/health", Host="evil.example")
    assert (status, json.loads(body)["error_code"]) == (403, "PERMISSION_DENIED")
    assert "evil.example" in json.loads(body)["message"]


def test_hosts_that_are_named_may_come_in(opened: Callable[[], LocalStore]) -> None:
    with EmbeddedServer(opened, hosts=["Host.docker.internal"]) as server:
        assert _get(f"{server.url_for('abc')}/health", Host="host.docker.internal:99")[0] == 200
        assert server.url_for("abc", host="host.docker.internal").startswith("http://host.docker.internal:")


def test_pages_of_other_origins_are_refused(api: "Api") -> None:
    answer = api.send("POST", "/api/2.0/mlflow/runs/delete", b"{}", {"Origin": "http://evil.example"})
    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


def test_every_answer_carries_the_guarding_headers(api: "Api") -> None:
    for path in ("/health", "/api/2.0/mlflow/nothing", "/../.."):
        headers = {name.lower(): value for name, value in api.send("GET", path).headers.items()}
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"


def test_slow_clients_do_not_hold_up_others(api: "Api") -> None:
    """More of them than there are threads: with half a request line, half a body, and half an upload."""
    parts = urlsplit(api.url)
    prefix = f"{parts.path}/api/2.0"
    head = "HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\nx"
    slow = ["GET /", f"POST {prefix}/mlflow/runs/create {head}", f"PUT {prefix}/mlflow-artifacts/artifacts/a {head}"]
    connections = [socket.create_connection((parts.hostname, parts.port)) for _ in range(15 * len(slow))]
    try:
        for connection, text in zip(connections, slow * 15, strict=True):
            connection.sendall(text.encode())
        assert api.get("runs/get", run_id=api.run_id).status == 200
    finally:
        for connection in connections:
            connection.close()
