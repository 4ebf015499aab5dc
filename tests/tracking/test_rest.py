"""The REST store against servers that misbehave, want credentials, or stand behind proxies and certificates."""

import gzip
import json
import os
import shutil
import socket
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mlproj.config import load_settings
from mlproj.errors import (
    AlreadyExistsError,
    InvalidValueError,
    NotFoundError,
    ServerRefusedError,
    ServerUnreachableError,
    SettingError,
    TrackingError,
)
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Metric
from mlproj.tracking.opening import open_store
from mlproj.tracking.rest import RestStore, open_rest
from mlproj.tracking.rest.address import read_address

Opening = Callable[..., RestStore]
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0"}
RUN = {"run": {"info": {"run_id": "r" * 32, "artifact_uri": "mlflow-artifacts:/0/r/artifacts"}, "data": {}}}


class Scripted(ThreadingHTTPServer):
    """Gives the answers of a script, one after another (the last for ever), and keeps the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, bytes, Mapping[str, str]]] = [(200, json.dumps(RUN).encode(), {})]
        self.seen: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, *answers: object) -> None:
        """Each is a status with an optional body (bytes, or a value for JSON) and headers."""
        self.script = []
        for answer in answers:
            parts: tuple[Any, ...] = answer if isinstance(answer, tuple) else (answer,)
            status = parts[0]
            body = parts[1] if len(parts) > 1 else b""
            headers = parts[2] if len(parts) > 2 else {}
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.script.append((status, content, headers))

    @property
    def lines(self) -> list[str]:
        return [f"{method} {path}" for method, path, _, _ in self.seen]


class _Handler(BaseHTTPRequestHandler):
    server: Scripted
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append(
            (
                self.command,
                self.path,
                {key.title(): value for key, value in self.headers.items()},
                self.rfile.read(size),
            )
        )
        status, body, headers = self.server.script[0]
        if len(self.server.script) > 1:
            self.server.script.pop(0)
        if status == 0:  # hang up
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if headers.get("Content-Length", str(len(body))) != str(len(body)):
            self.close_connection = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class has it so
        pass


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def opened() -> Iterator[Opening]:
    stores: list[RestStore] = []

    def opening(url: str, **environ: str) -> RestStore:
        stores.append(open_rest(url, environ={**PATIENCE, **environ}))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def test_an_http_uri_opens_a_rest_store(scripted: Scripted, tmp_path: Path) -> None:
    settings = load_settings({"MLPROJ_HOME": str(tmp_path), "HOME": str(tmp_path)})
    store = open_store(f"{scripted.url}/some/token/", settings=settings)
    assert isinstance(store, RestStore)
    store.get_run("r")
    assert scripted.lines == ["GET /some/token/api/2.0/mlflow/runs/get?run_id=r"]
    assert store.notes == ()
    store.close()
    store.close()


@pytest.mark.parametrize(
    ("userinfo", "environ", "expected"),
    [
        ("", {}, None),
        ("ada:p%40ss@", {}, basic("ada", "p@ss")),
        ("ada@", {}, basic("ada", "")),
        ("", {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "ünï"}, basic("ada", "ünï")),
        ("", {"MLFLOW_TRACKING_TOKEN": "tok"}, "Bearer tok"),
        ("eve:x@", {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_TOKEN": "tok"}, basic("eve", "x")),
    ],
)
def test_credentials(
    scripted: Scripted, opened: Opening, userinfo: str, environ: dict[str, str], expected: str | None
) -> None:
    store = opened(scripted.url.replace("//", f"//{userinfo}"), **environ)
    store.get_run("r")
    assert scripted.seen[0][2].get("Authorization") == expected
    assert "@" not in store.uri


def test_credentials_are_never_shown(opened: Opening, scripted: Scripted) -> None:
    for url in ("http://ada:s3cret@127.0.0.1:1/s3cret", "http://ada:s3cret@127.0.0.1:99999/", "http://ada:s3cret@[x/"):
        with pytest.raises((TrackingError, SettingError)) as caught:
            opened(url, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").get_run("r")
        assert "s3cret" not in str(caught.value)
    scripted.answer((401, {"error_code": "UNAUTHENTICATED", "message": "who?"}))
    with pytest.raises(ServerRefusedError, match="let us in") as caught:
        opened(scripted.url.replace("//", "//ada:s3cret@")).get_run("r")
    assert "s3cret" not in str(caught.value)
    assert "MLFLOW_TRACKING_USERNAME" in str(caught.value)


def test_a_server_that_is_down_is_one_line(opened: Opening) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServerUnreachableError) as caught:
        opened(f"http://127.0.0.1:{port}", MLFLOW_HTTP_REQUEST_MAX_RETRIES="1").get_run("r")
    said = f"http://127.0.0.1:{port}: the tracking server does not answer: [Errno "
    assert str(caught.value).startswith(said)
    assert "refused" in str(caught.value)
    assert "0x" not in str(caught.value)


def test_hosts_that_cannot_be(opened: Opening) -> None:
    with pytest.raises(ServerUnreachableError):
        opened("http://no-such-host.invalid", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").get_run("r")
    for url in ("http://", "http://:80", "http://[::1"):
        with pytest.raises(SettingError):
            read_address(url, {})
    for url in ("http://a b/", f"http://{'x' * 70}.de/"):
        with pytest.raises((SettingError, TrackingError)):
            opened(url, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").get_run("r")


def test_what_may_be_repeated_is(scripted: Scripted, opened: Opening) -> None:
    scripted.answer(503, 0, 429, (200, {}))
    opened(scripted.url).set_tags("r", {"a": "b"})
    assert scripted.lines == ["POST /api/2.0/mlflow/runs/log-batch"] * 4
    assert len({body for *_, body in scripted.seen}) == 1


@pytest.mark.parametrize("answer", [503, 0])
def test_a_run_is_not_made_twice(scripted: Scripted, opened: Opening, answer: int) -> None:
    scripted.answer(answer, (200, RUN))
    with pytest.raises(ServerUnreachableError):
        opened(scripted.url).create_run("0", start_time=1)
    assert len(scripted.seen) == 1


def test_patience_ends(scripted: Scripted, opened: Opening) -> None:
    scripted.answer((503, b"<html>maintenance</html>", {"Retry-After": "3600"}))
    with pytest.raises(ServerUnreachableError, match="not available: HTTP status 503"):
        opened(scripted.url, MLFLOW_HTTP_REQUEST_MAX_RETRIES="1").get_run("r")
    assert len(scripted.seen) == 2


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ((404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no\nrun"}), NotFoundError, "no run"),
        ((400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": "taken"}), AlreadyExistsError, "taken"),
        ((400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "bad"}), InvalidValueError, "bad"),
        ((404, b"<html>not found</html>"), ServerRefusedError, "is it a tracking server?"),
        ((418, {"error_code": "TEAPOT", "message": "short"}), ServerRefusedError, "short"),
        ((403, b""), ServerRefusedError, "let us in"),
        ((200, b"<html>welcome</html>"), ServerRefusedError, "did not answer in JSON"),
        ((200, b"[]"), ServerRefusedError, "answer"),
        ((200, {"run": []}), ServerRefusedError, "answer"),
        ((200, {"run": {"info": {"status": "DANCING"}}}), ServerRefusedError, "answer"),
        ((400, [1]), ServerRefusedError, "HTTP status 400"),
    ],
)
def test_errors_of_the_server(
    scripted: Scripted, opened: Opening, answer: object, kind: type[Exception], said: str
) -> None:
    scripted.answer(answer)
    with pytest.raises(kind) as caught:
        opened(scripted.url).get_run("r")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_redirects(scripted: Scripted, opened: Opening) -> None:
    scripted.answer((302, b"", {"Location": f"{scripted.url}/new"}), (200, RUN))
    assert opened(scripted.url).get_run("r").run_id == "r" * 32
    scripted.answer((302, b"", {"Location": "https://login.example.org/?state=secret"}))
    with pytest.raises(ServerRefusedError, match=r"redirects to https://login\.example\.org/ ") as caught:
        opened(scripted.url).set_tags("r", {"a": "b"})
    assert "secret" not in str(caught.value)


def test_proxies(scripted: Scripted, opened: Opening) -> None:
    proxy = scripted.url.replace("//", "//me:pw@")
    for environ in ({"HTTP_PROXY": proxy}, {"http_proxy": proxy}, {"ALL_PROXY": proxy}):
        opened("http://tracking.example.org/x", **environ).get_run("r")
    assert scripted.lines == ["GET http://tracking.example.org/x/api/2.0/mlflow/runs/get?run_id=r"] * 3
    assert scripted.seen[0][2]["Proxy-Authorization"] == basic("me", "pw")
    closed = "http://127.0.0.1:1"
    for exempt in ("*", "127.0.0.1", "localhost,127.0.0.1"):
        opened(scripted.url, HTTP_PROXY=closed, NO_PROXY=exempt).get_run("r")
    opened(scripted.url, HTTPS_PROXY=closed).get_run("r")
    with pytest.raises(SettingError, match="proxy"):
        opened(scripted.url, HTTP_PROXY="socks5://127.0.0.1:1").get_run("r")
    with pytest.raises(TrackingError):
        opened(scripted.url, HTTP_PROXY="127.0.0.1:1", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").get_run("r")


@pytest.fixture
def certificate(tmp_path: Path, require: Callable[[object, str], None]) -> Path:
    require(shutil.which("openssl"), "openssl")
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*argv, *files], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem"


def test_certificates(scripted: Scripted, opened: Opening, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    scripted.socket = context.wrap_socket(scripted.socket, server_side=True)
    url = scripted.url.replace("http:", "https:")
    with pytest.raises(ServerUnreachableError, match=r"certificate .* in MLFLOW_TRACKING_SERVER_CERT_PATH"):
        opened(url, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").get_run("r")
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "MLFLOW_TRACKING_SERVER_CERT_PATH"):
        assert opened(url, **{variable: str(certificate)}).get_run("r").run_id
    assert opened(url, MLFLOW_TRACKING_INSECURE_TLS="true").get_run("r").run_id
    with pytest.raises(TrackingError):
        opened(url, SSL_CERT_DIR=str(certificate.parent), MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").get_run("r")


@pytest.mark.parametrize(
    "environ",
    [
        {"REQUESTS_CA_BUNDLE": "/no/such/file"},
        {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "-1"},
        {"MLFLOW_HTTP_REQUEST_TIMEOUT": "soon"},
    ],
)
def test_variables_that_cannot_be_used_are_named(environ: dict[str, str]) -> None:
    with pytest.raises(SettingError) as caught:
        read_address("http://localhost", environ)
    assert next(iter(environ)) in str(caught.value)


def test_a_token_with_a_line_end(opened: Opening, scripted: Scripted) -> None:
    with pytest.raises(SettingError) as caught:
        opened(scripted.url, MLFLOW_TRACKING_TOKEN="s3cret\n").get_run("r")
    assert "s3cret" not in str(caught.value)


def test_whole_numbers_in_quotes_are_numbers(scripted: Scripted, opened: Opening) -> None:
    info = {**RUN["run"]["info"], "start_time": "5", "end_time": "6", "status": "FINISHED"}
    metrics = [{"key": "m", "value": "NaN", "timestamp": "1", "step": "2"}]
    scripted.answer((200, {"run": {"info": info, "data": {"metrics": metrics}}}))
    run = opened(scripted.url).get_run("r")
    assert (run.start_time, run.end_time, run.metrics["m"].step) == (5, 6, 2)


def test_batches_keep_the_limits(rest: Opening, sqlite_store: LocalStore) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    point = Metric(key="m", value=1, timestamp=1)
    rest().log_batch(
        run_id,
        metrics=[Metric(key="m", value=number, timestamp=number) for number in range(950)],
        params={f"p{number}": "1" for number in range(90)},
        tags={f"t{number}": "1" for number in range(90)},
    )
    assert len(sqlite_store.metric_history(run_id, "m").items) == 950
    with pytest.raises(InvalidValueError, match="Changing param"):
        rest().log_batch(run_id, params={"p1": "2"}, metrics=[point] * 1000)
    assert len(sqlite_store.metric_history(run_id, "m").items) == 950


def test_threads_share_a_store(rest: Opening, sqlite_store: LocalStore) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    store = rest()
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda number: store.log_batch(run_id, metrics=[Metric(key="m", value=number, timestamp=number)]),
                range(120),
            )
        )
    assert [point.value for point in sqlite_store.metric_history(run_id, "m").items] == list(range(120))


def test_a_forked_child_connects_anew(rest: Opening, sqlite_store: LocalStore) -> None:
    store = rest()
    run_id = store.create_run("0", start_time=1).run_id
    children = []
    for number in range(3):
        if (child := os.fork()) == 0:
            try:
                store.set_tags(run_id, {f"c{number}": "1"})
                store.close()
            except BaseException:  # noqa: BLE001 - the exit code says it
                os._exit(1)
            os._exit(0)
        children.append(child)
    store.set_tags(run_id, {"parent": "1"})
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert {"c0", "c1", "c2", "parent"} <= set(sqlite_store.get_run(run_id).tags)


# artifacts


def test_servers_without_ranges(scripted: Scripted, opened: Opening) -> None:
    scripted.answer((200, RUN), (200, b"0123456789"))
    with opened(scripted.url).artifacts("r").open("x") as file:
        assert file.readable()
        assert file.seekable()
        file.seek(4)
        assert file.tell() == 4
        assert file.read() == b"456789"
        file.seek(-2, os.SEEK_CUR)
        assert file.read(1) == b"8"
        with pytest.raises(OSError, match="not known"):
            file.seek(0, os.SEEK_END)


def test_a_file_that_ends_early(scripted: Scripted, opened: Opening) -> None:
    scripted.answer((200, RUN), (200, b"01234", {"Content-Length": "10"}))
    with opened(scripted.url).artifacts("r").open("x") as file, pytest.raises(ServerUnreachableError):
        file.read()


def test_uploads_are_repeated_whole(scripted: Scripted, opened: Opening) -> None:
    scripted.answer((200, RUN), 503, 0, (200, {}))
    content = os.urandom(100_000)
    opened(scripted.url).artifacts("r").write("a b/ü.txt.gz", iter([content[:5], content[5:]]))
    uploads = scripted.seen[1:]
    assert [body for *_, body in uploads] == [content] * 3
    assert uploads[0][1] == "/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts/a%20b/%C3%BC.txt.gz"
    assert "Content-Encoding" not in uploads[0][2]


def test_compressed_files_stay_compressed(rest: Opening) -> None:
    store = rest()
    artifacts = store.artifacts(store.create_run("0", start_time=1).run_id)
    content = gzip.compress(b"x" * 1_000)
    artifacts.write("x.gz", iter([content]))
    with artifacts.open("x.gz") as file:
        assert file.read() == content


def test_artifacts_that_the_server_does_not_serve(scripted: Scripted, opened: Opening, tmp_path: Path) -> None:
    def located(uri: str) -> dict[str, object]:
        return {"run": {"info": {"run_id": "r", "artifact_uri": uri}}}

    for uri in (str(tmp_path), f"file://{tmp_path}"):
        scripted.answer((200, located(uri)))
        assert opened(scripted.url).artifacts("r").local_directory() == tmp_path
    scripted.answer((200, located("s3://bucket/x")))
    assert opened(scripted.url).artifacts("r").local_directory() is None
    scripted.answer((200, located("dbfs:/x")))
    with pytest.raises(TrackingError, match="'dbfs' storage"):
        opened(scripted.url).artifacts("r")


def test_files_that_only_the_server_can_read(rest: Opening, sqlite_store: LocalStore) -> None:
    run_id = sqlite_store.create_run("0", start_time=1).run_id
    sqlite_store.artifacts(run_id).write("a b/ü 100%.txt", iter([b"text"]))
    files = rest().served_files(run_id)
    assert [info.path for info in files.list("a b")] == ["a b/ü 100%.txt"]
    with files.open("a b/ü 100%.txt") as file:
        assert file.read() == b"text"
    with pytest.raises(NotFoundError):
        files.open("nothing")
    with pytest.raises(InvalidValueError, match="own machine"):
        files.write("x", iter([b""]))
    with pytest.raises(InvalidValueError, match="own machine"):
        files.delete("x")


def test_bare_statuses_of_the_artifact_proxy(scripted: Scripted, opened: Opening) -> None:
    for status, kind in ((400, InvalidValueError), (404, NotFoundError), (405, ServerRefusedError)):
        scripted.answer((200, RUN), (status, b"<html>"))
        artifacts = opened(scripted.url).artifacts("r")
        with pytest.raises(kind):
            artifacts.open("dir")
        with pytest.raises(kind):
            artifacts.write("dir", iter([b"1"]))
    scripted.answer((200, RUN), (404, b"<html>"))
    opened(scripted.url).artifacts("r").delete("x")


def test_listings_have_pages(scripted: Scripted, opened: Opening) -> None:
    first = {"files": [{"path": "b", "is_dir": False, "file_size": "3"}], "next_page_token": "t"}
    scripted.answer((200, RUN), (200, first), (200, {"files": [{"path": "a", "is_dir": True}]}))
    found = opened(scripted.url).artifacts("r").list()
    assert [(info.path, info.is_dir, info.file_size) for info in found] == [("a", True, None), ("b", False, 3)]
    assert scripted.lines[-1].endswith("run_id=r&page_token=t")


def test_finding_runs_looks_through_all_pages(rest: Opening, sqlite_store: LocalStore) -> None:
    with sqlite_store.transaction():
        numbers = [sqlite_store.create_experiment(f"e{number}") for number in range(1_005)]
        run_id = sqlite_store.create_run(numbers[0], start_time=1).run_id
        for number in range(1_005):
            sqlite_store.create_run("0", start_time=2 + number)
    assert rest().find_runs(run_id[:31]) == (run_id,)
    assert len(rest().find_runs(run_id[:1], limit=2)) == 2
