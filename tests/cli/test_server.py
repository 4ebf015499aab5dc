"""`mlproj server` and `mlproj ui`, as programs that are started and ended."""

import json
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3

from mlproj.cli.browser import is_desktop
from mlproj.server.access.hosts import KnownHosts
from mlproj.server.pages.built import is_built

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Start


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port)).close()
    except ConnectionError:
        return False
    return True


@pytest.mark.parametrize("name", ["server", "ui"])
def test_the_store_that_run_writes_is_served(start: "Start", mlproj: "Program", name: str) -> None:
    (mlproj.directory / "MLproject").write_text("entry_points:\n  main: {command: 'true'}\n")
    assert mlproj("run", ".").code == 0
    server = start(name=name)
    assert server.line == f"mlproj {name} at {server.url}\n"
    run_id = mlproj.only_run()["run_id"]
    answer = server.send("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}")
    assert json.loads(answer.text)["run"]["info"]["status"] == "FINISHED"
    assert server.end() == (0, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_signals_end_it(start: "Start", number: int, code: int) -> None:
    assert start().end(number) == (code, "")


def test_a_request_under_way_is_answered_before_the_end(start: "Start") -> None:
    server = start()
    host, port = server.url.removeprefix("http://").split(":")
    body = json.dumps({"name": "late"}).encode()
    with socket.create_connection((host, int(port))) as client:
        head = f"POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        server.send("GET", "/health")
        server.process.send_signal(signal.SIGTERM)
        while accepts(host, int(port)):
            pass
        client.sendall(body)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert server.process.wait(30) == 143


def test_a_taken_port_is_named_with_its_owner_and_the_next_free_one(start: "Start", mlproj: "Program") -> None:
    first = start()
    port = int(first.url.rpartition(":")[2])
    done = mlproj("server", "-p", str(port))
    assert done.code == 2
    match = re.fullmatch(
        rf"mlproj: error: port {port} is taken by \S+ \(process {first.process.pid}: .+\) \(-p (\d+) is free\)\n",
        done.err,
    )
    assert match, done.err
    assert int(match[1]) > port


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-p", "70000"), "70000 is not in the range 0<=x<=65535"),
        (("-h", "203.0.113.1"), "cannot listen on 203.0.113.1:"),
        (("-h", "no such host"), "no such address: 'no such host'"),
        (("-h", "." * 300), "no such address"),
        (("--workers", "2"), "SQLite has one writer"),
        (("--store", "mysql://root:secret@db/x"), "'mysql://...' is no database"),
        (("--store", "http://127.0.0.1:1"), "a server cannot be the store of another"),
        (("--backend-store-uri", "./mlruns"), "'./mlruns' is no database"),
        (("--backend-store-uri", "."), "bring in the runs of an mlruns folder: mlproj import ."),
        (("--backend-store-uri", "file:///tmp"), "/tmp: this is a folder, and runs are kept in a database"),
        (
            ("--store", "sqlite:///a.db", "--backend-store-uri", "sqlite:///b.db"),
            "--store and --backend-store-uri differ",
        ),
        (("--registry-store-uri", "sqlite:///b.db"), "one database holds both"),
        (("--artifacts", "a", "--artifacts-destination", "b"), "--artifacts and --artifacts-destination differ"),
        (("--default-artifact-root", "a", "--artifacts-destination", "b"), "differ"),
        (("--artifacts", "gopher://x"), "artifacts cannot be kept in gopher://..."),
        (("--static-prefix", "x"), "--static-prefix begins with a slash"),
        (("--static-prefix", "/x/"), "--static-prefix begins with a slash"),
        (("--certfile", "x"), "--certfile and --keyfile go together"),
        (("--certfile", "x", "--keyfile", "y"), "the certificate cannot be used"),
        (("--gunicorn-opts", "-w 4"), "--gunicorn-opts is MLflow's, and not taken here: gunicorn is not used"),
        (("--app-name=basic-auth",), "--app-name is MLflow's, and not taken here: use --auth FILE"),
        (("--nonsense",), "No such option '--nonsense'"),
    ],
)
def test_mistakes(mlproj: "Program", words: tuple[str, ...], message: str) -> None:
    done = mlproj("server", "-p", "0", *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "secret" not in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("MLFLOW_PORT", "abc"), ("MLFLOW_PORT", "70000"), ("MLFLOW_WORKERS", "0"), ("MLFLOW_PORT", "-1")],
)
def test_variables_with_wrong_values(mlproj: "Program", name: str, value: str) -> None:
    done = mlproj("server", environ={name: value})
    assert (done.code, done.err.startswith(f"mlproj: error: {name}: ")) == (2, True)


def test_help_has_no_short_form_here(mlproj: "Program") -> None:
    assert mlproj("server", "--help").code == 0
    assert mlproj("server", "-h").code == 2


def test_mlflows_options_name_the_same_things(start: "Start", tmp_path: Path) -> None:
    server = start(
        *("--backend-store-uri", f"sqlite:///{tmp_path}/team.db"),
        *("--registry-store-uri", f"sqlite:///{tmp_path}/team.db"),
        *("--default-artifact-root", "mlflow-artifacts:/"),
        *("--artifacts-destination", "kept files"),
        *("--static-prefix", "/tracking/here"),
        "--serve-artifacts",
    )
    assert server.url.endswith("/tracking/here")
    assert server.send("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/x.txt", body="kept").status == 200
    assert (tmp_path / "kept files" / "1" / "x.txt").read_text() == '"kept"'
    assert (tmp_path / "team.db").exists()


def test_mlflows_variables_name_the_same_things(start: "Start", tmp_path: Path) -> None:
    port = free_port()
    environ = {
        "MLFLOW_HOST": "localhost",
        "MLFLOW_PORT": str(port),
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{tmp_path}/team.db",
        "MLFLOW_ARTIFACTS_DESTINATION": str(tmp_path / "kept files"),
        "MLFLOW_STATIC_PREFIX": "/tracking",
        "MLFLOW_SERVE_ARTIFACTS": "true",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "MLFLOW_SERVER_ALLOWED_HOSTS": "*.example.org, other.example.com:5000",
    }
    server = start(port=str(port), environ=environ)
    assert server.url == f"http://localhost:{port}/tracking"
    assert server.send("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/x.txt", body="kept").status == 200
    assert (tmp_path / "kept files" / "1" / "x.txt").read_text() == '"kept"'
    assert (tmp_path / "team.db").exists()
    for host, status in {"a.b.example.org": 200, "other.example.com": 200, "example.com": 403}.items():
        assert server.send("GET", "/version", headers={"Host": host}).status == status
    assert server.send("GET", "x/version").status == 404


def test_artifacts_that_are_elsewhere(start: "Start", mlproj: "Program", tmp_path: Path) -> None:
    words = ("--store", f"sqlite:///{tmp_path}/team.db", "--artifacts", "first")
    start(*words).end()
    start(*words).end()
    done = mlproj("server", *words[:-1], "second", "-p", "0")
    assert done.code == 2
    assert "the store keeps its artifacts" in done.err
    assert f"{tmp_path}/second" in done.err


def test_without_the_proxy_old_and_new_clients_are_told_directories(start: "Start") -> None:
    server = start("--no-serve-artifacts")
    created = server.send("POST", "/api/2.0/mlflow/runs/create", body={"experiment_id": "0"})
    assert json.loads(created.text)["run"]["info"]["artifact_uri"].startswith("/")
    assert server.send("GET", "/api/2.0/mlflow-artifacts/artifacts").status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("mlflow-server:5000", 200),
        ("10.0.0.7", 200),
        ("[2001:db8::1]:80", 200),
        ("tracking.svc.cluster.local", 200),
        ("tracking.team.svc:80", 200),
        ("desk.local", 200),
        ("a.b.internal.", 200),
        (socket.gethostname(), 200),
        ("tracking.example.com:5000", 403),
        ("127.0.0.1.example.com", 403),
        ("local", 200),
        ("evillocal.com", 403),
        ("", 403),
        ("[", 403),
        ("a.b@example.com", 403),
    ],
)
def test_names_that_are_answered(host: str, status: int) -> None:
    assert KnownHosts(())(host) is (status == 200)


def test_names_that_are_not_answered(start: "Start") -> None:
    server = start()
    for host, status in {"desk.local:1": 200, "tracking.example.com:5000": 403, "[": 403, "": 403}.items():
        assert server.send("GET", "/version", headers={"Host": host}).status == status, host


def test_a_refused_name_comes_with_the_option_that_admits_it(start: "Start") -> None:
    answer = start("--allowed-hosts", "a.example.com").send("GET", "/", headers={"Host": "T.example.com:5000"})
    assert answer.status == 403
    assert "start the server with --allowed-hosts a.example.com,t.example.com to" in json.loads(answer.text)["message"]
    assert start().send("GET", "/health", headers={"Host": "t.example.com"}).status == 200


def test_pages_of_other_servers_change_nothing(start: "Start") -> None:
    server = start()
    path, body = "/api/2.0/mlflow/experiments/create", {"name": "x"}
    assert server.send("POST", path, body=body, headers={"Origin": "https://evil.example"}).status == 403
    assert server.send("POST", path, body=body, headers={"Origin": server.url}).status == 200


def test_the_page_says_what_this_is(start: "Start") -> None:
    answer = start().send("GET", "/")
    assert (answer.status, answer.headers["x-content-type-options"]) == (200, "nosniff")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    targets = (r"page/main-\w+\.css",) if is_built() else ("health", "version", "api/mlproj/openapi.json")
    for target in targets:
        assert re.search(f'href="{target}"', answer.text)


def test_a_warning_where_everybody_may_come_in(start: "Start") -> None:
    code, err = start("-h", "0.0.0.0").end()
    assert (code, err.count("\n")) == (0, 1)
    assert "no authentication: whoever reaches this address" in err


def test_what_mlflow_left_here_is_counted(start: "Start", tmp_path: Path) -> None:
    for run in ("a", "b"):
        (tmp_path / "mlruns" / "0" / run).mkdir(parents=True)
        (tmp_path / "mlruns" / "0" / run / "meta.yaml").write_text("x")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("CREATE TABLE runs (run_uuid TEXT)")
        database.execute("INSERT INTO runs VALUES ('a')")
        database.commit()
    _, err = start(name="ui").end()
    held = f"mlproj: {tmp_path} holds MLflow's"
    assert err.splitlines()[-2:] == [
        f"{held} mlruns with 2 runs, which are not in this store: mlproj import mlruns",
        f"{held} mlflow.db with 1 run, which is not in this store: mlproj import mlflow.db",
    ]


def test_runs_that_mlflow_left_and_that_were_brought_in(start: "Start", tmp_path: Path) -> None:
    for run in ("a", "b"):
        (tmp_path / "mlruns" / "0" / run).mkdir(parents=True)
        (tmp_path / "mlruns" / "0" / run / "meta.yaml").write_text(
            f"run_id: {run}\nexperiment_id: '0'\nstatus: 3\nstart_time: 1\nartifact_uri: ''\n"
        )
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default\n")
    store = f"sqlite:///{tmp_path}/my store.db"
    _, err = start("--store", store).end()
    command = err.strip().rpartition("store: ")[2]
    assert command == f"mlproj import mlruns --tracking-uri '{store}'"
    shutil.rmtree(tmp_path / "mlruns" / "0" / "b")
    done = subprocess.run(
        shlex.split(f"{sys.executable} -m {command}"), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert start("--store", store).end() == (0, "")
    (tmp_path / "mlruns" / "0" / "c").mkdir()
    (tmp_path / "mlruns" / "0" / "c" / "meta.yaml").write_text("x")
    assert "with 2 runs, some of which are not in this store" in start("--store", store).end()[1]


@pytest.mark.parametrize("kind", ["directory", "text", "empty"])
def test_files_of_mlflows_names_that_are_something_else(start: "Start", tmp_path: Path, kind: str) -> None:
    (tmp_path / "mlruns").write_text("x")
    match kind:
        case "directory":
            (tmp_path / "mlflow.db").mkdir()
        case "text":
            (tmp_path / "mlflow.db").write_text("no database" * 1000)
        case _:
            (tmp_path / "mlflow.db").touch()
    assert start().end() == (0, "")


def test_tls(start: "Start", tmp_path: Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    server = start("--certfile", "cert.pem", "--keyfile", "key.pem")
    assert server.url.startswith("https://127.0.0.1:")
    with urllib3.PoolManager(retries=False, ca_certs=str(tmp_path / "cert.pem")) as pool:
        assert pool.request("GET", f"{server.url}/health").data == b"OK"
    with (
        pytest.raises(ssl.SSLError),
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as raw,
    ):
        ssl.create_default_context().wrap_socket(raw, server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    ("environ", "platform", "desktop"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "w"}, "linux", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "x"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "x"}, "darwin", False),
    ],
)
def test_where_there_is_a_desktop(environ: Mapping[str, str], platform: str, *, desktop: bool) -> None:
    assert is_desktop(environ, platform) is desktop
