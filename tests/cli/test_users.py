"""`mlproj users`, and servers that know who asks."""

import json
import os
import pty
import select
import stat
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3

from mlproj.server.access.auth import FREE_FAILURES, Pauses, needed_role
from mlproj.server.access.credentials import Claim, Registrar, read_claim
from mlproj.server.access.passwords import hash_password, password_fits
from mlproj.server.access.users import Role, User, Users, read_users, write_users

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Program, Running, Start

CREATE = "/api/2.0/mlflow/runs/create"
UGLY = "pä$$ 'w\"örd:🎉 $(rm)"


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


@pytest.fixture
def users(tmp_path: Path) -> Path:
    file = tmp_path / "the users.json"
    made = Users()
    for name, role in (("ada", Role.ADMIN), ("wim", Role.WRITE), ("rae", Role.READ)):
        made = made.adding(User(name=name, role=role, password=hash_password(UGLY)))
    write_users(file, made)
    return file


@pytest.fixture
def server(start: "Start", users: Path) -> "Running":
    return start("--auth", str(users))


# --- the commands ----------------------------------------------------------------------------------------------------


def test_the_life_of_a_user(mlproj: "Program", tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    done = mlproj("users", "add", "users.json", "ada", "--role", "admin", stdin=f"{UGLY}\nmore\n")
    assert (done.code, done.out, done.err) == (0, "", "mlproj: added ada with the role admin\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert UGLY not in file.read_text()
    assert password_fits(UGLY, read_users(file).get("ada").password)
    token = mlproj("users", "token", "users.json", "ada").out.strip()
    assert token.startswith("mlproj_")
    assert token not in file.read_text()
    assert mlproj("users", "list", "users.json", "--json").json == [{"name": "ada", "role": "admin", "tokens": 1}]
    assert mlproj("users", "add", "users.json", "ada", stdin="x\n").code == 2
    assert mlproj("users", "add", "users.json", "ada", "--replace", "--role", "read", stdin="x\n").code == 0
    assert mlproj("users", "list", "users.json").out.split()[3:] == ["ada", "read", "1"]
    assert mlproj("users", "token", "users.json", "ada", "--revoke").err == "mlproj: ada has no tokens any more\n"
    assert mlproj("users", "remove", "users.json", "ada").code == 0
    assert mlproj("users", "list", "users.json", "--json").json == []


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (("add", "u.json", "ada"), "", "a password has 1 to 1024 characters"),
        (("add", "u.json", "ada"), "x" * 1025, "a password has 1 to 1024 characters"),
        (("add", "u.json", "a:b"), "x", "'a:b' is no name for a user"),
        (("add", "u.json", "a b"), "x", "'a b' is no name for a user"),
        (("add", "u.json", ""), "x", "'' is no name for a user"),
        (("add", "u.json", "ada", "--role", "god"), "x", "'god' is not one of"),
        (("add", "no/such/u.json", "ada"), "x", "cannot write no/such/u.json"),
        (("remove", "u.json", "ada"), None, "u.json: there is no such file of users (begin one with"),
        (("list", "text.json"), None, "text.json: this is no file of users"),
        (("token", "other.json", "eve"), None, "no user 'eve' (there are: ada)"),
    ],
)
def test_mistakes(mlproj: "Program", tmp_path: Path, words: tuple[str, ...], stdin: str | None, message: str) -> None:
    (tmp_path / "text.json").write_text('{"users": {"ada": {"role": "boss"}}}')
    write_users(tmp_path / "other.json", Users().adding(User(name="ada", role=Role.READ, password="x")))
    done = mlproj("users", *words, stdin=stdin)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (tmp_path / "u.json").exists()


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(mlproj: "Program", tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    words = ["mlproj", "users", "add", "u.json", "ada"]
    with subprocess.Popen(
        words, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, env=mlproj.environ(None)
    ) as it:
        os.close(theirs)
        shown = b""
        for _ in range(2):
            shown += read_until(ours, b": ")
            os.write(ours, b"secret\n")
        shown += read_until(ours, b"write")
        assert it.wait(30) == 0
    os.close(ours)
    assert b"secret" not in shown
    assert password_fits("secret", read_users(tmp_path / "u.json").get("ada").password)


def read_until(terminal: int, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        assert select.select([terminal], [], [], 30)[0], seen
        seen += os.read(terminal, 1000)
    return seen


# --- the server ------------------------------------------------------------------------------------------------------


def test_nobody_comes_in_without_saying_who_they_are(server: "Running") -> None:
    answer = server.send("GET", "/version")
    assert (answer.status, json.loads(answer.text)["error_code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert server.send("GET", "/health").status == 200
    assert server.send("GET", "/metrics").status == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YWRh",
        "Basic /////w==",
        "Digest x",
        "Bearer",
        "Bearer x",
        "Bearer mlproj_" + "0" * 64,
        "Negotiate YWRh",
        basic("ada", "wrong")["Authorization"],
        basic("eve", UGLY)["Authorization"],
        basic("", UGLY)["Authorization"],
        basic("ada", UGLY[:-1])["Authorization"],
    ],
)
def test_wrong_credentials(users: Path, header: str) -> None:
    registrar, claim = Registrar(users, pytest.fail), read_claim(header)
    assert claim is None or (registrar.known(claim), registrar.check(claim)) == (None, None)


def test_a_wrong_password(server: "Running") -> None:
    for headers in (basic("ada", "wrong"), {"Authorization": "Bearer x"}, {"Authorization": "Negotiate x"}):
        answer = server.send("GET", "/version", headers=headers)
        assert (answer.status, json.loads(answer.text)["error_code"]) == (401, "UNAUTHENTICATED")


def test_what_each_role_may_do(server: "Running") -> None:
    api = "/api/2.0/mlflow"
    made = server.send("POST", f"{api}/experiments/create", headers=basic("wim", UGLY), body={"name": "x"})
    experiment = {"experiment_id": json.loads(made.text)["experiment_id"]}
    cases: list[tuple[str, str, Mapping[str, object], tuple[int, int, int]]] = [
        ("GET", f"{api}/experiments/get?experiment_id=0", {}, (200, 200, 200)),
        ("POST", f"{api}/runs/search", {"experiment_ids": ["0"]}, (200, 200, 200)),
        ("POST", CREATE, experiment, (403, 200, 200)),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/0/search", {}, (403, 200, 200)),
        ("POST", f"{api}/experiments/delete", experiment, (403, 403, 200)),
    ]
    for method, path, body, expected in cases:
        found = [
            server.send(method, path, headers=basic(name, UGLY), body=body if method != "GET" else None).status
            for name in ("rae", "wim", "ada")
        ]
        assert tuple(found) == expected, path


def test_runs_belong_to_who_made_them_whatever_the_client_says(server: "Running") -> None:
    headers = basic("wim", UGLY)
    claimed = {"experiment_id": "0", "user_id": "eve", "tags": [{"key": "mlflow.user", "value": "eve"}]}
    run_id = json.loads(server.send("POST", CREATE, headers=headers, body=claimed).text)["run"]["info"]["run_id"]
    tag = {"run_id": run_id, "key": "mlflow.user", "value": "eve"}
    api = "/api/2.0/mlflow/runs"
    assert server.send("POST", f"{api}/set-tag", headers=headers, body=tag).status == 200
    batch = {"run_id": run_id, "tags": [{"key": "mlflow.user", "value": "eve"}, {"key": "a", "value": "b"}]}
    assert server.send("POST", f"{api}/log-batch", headers=headers, body=batch).status == 200
    assert server.send("POST", f"{api}/delete-tag", headers=headers, body=tag).status == 400
    run = json.loads(server.send("GET", f"{api}/get?run_id={run_id}", headers=headers).text)["run"]
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert (run["info"]["user_id"], tags["mlflow.user"], tags["a"]) == ("wim", "wim", "b")


def test_tokens_and_changes_of_the_file(server: "Running", users: Path, mlproj: "Program") -> None:
    token = mlproj("users", "token", str(users), "wim").out.strip()
    headers = {"Authorization": f"Bearer {token}"}
    while server.send("GET", "/version", headers=headers).status == 401:
        pass
    assert server.send("POST", CREATE, headers=headers, body={"experiment_id": "0"}).status == 200
    assert server.send("GET", "/version", headers={"Authorization": f"bearer {token}0"}).status == 401
    users.write_text("broken")
    mlproj("users", "list", str(users))
    assert server.send("GET", "/version", headers=headers).status == 200
    write_users(users, Users())
    while server.send("GET", "/version", headers=headers).status == 200:
        pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file of users"),
        ("", "this is no file of users"),
        ("[]", "this is no file of users"),
        ('{"users": {}}', "there are no users"),
        ('{"users": {"a": {"role": "read", "password": 5}}}', "this is no file of users"),
        ("[" * 10_000, "this is no file of users"),
    ],
)
def test_files_that_are_none(mlproj: "Program", tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "u.json").write_text(content)
    done = mlproj("server", "-p", "0", "--auth", "u.json")
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_file_that_others_may_read(start: "Start", users: Path) -> None:
    users.chmod(0o644)
    assert "others may read" in start("--auth", str(users), "-h", "0.0.0.0").end()[1]


def test_requests_are_logged_without_secrets(start: "Start", users: Path, tmp_path: Path) -> None:
    server = start("--auth", str(users), "--access-log", "access.jsonl")
    server.send("GET", "/api/2.0/mlflow/runs/get?run_id=secret", headers=basic("wim", UGLY))
    server.send("GET", "/version", headers={"Host": "evil.example.com"})
    numbers = server.send("GET", "/metrics", headers=basic("rae", UGLY)).text
    server.end()
    text = (tmp_path / "access.jsonl").read_text()
    entries = [json.loads(line) for line in text.splitlines()]
    assert [(entry["user"], entry["path"], entry["status"]) for entry in entries] == [
        ("wim", "/api/2.0/mlflow/runs/get", 404),
        (None, "/version", 403),
        ("rae", "/metrics", 200),
    ]
    assert "secret" not in text
    assert set(entries[0]) == {"time", "client", "user", "method", "path", "status", "bytes", "seconds"}
    assert 'mlproj_requests_total{method="GET",route="/api/2.0/mlflow/runs/get",status="404"} 1\n' in numbers
    assert 'mlproj_requests_total{method="GET",route="other",status="403"} 1\n' in numbers
    assert 'mlproj_request_seconds_count{route="/api/2.0/mlflow/runs/get"} 1\n' in numbers


def test_an_access_log_that_cannot_be_written(mlproj: "Program", tmp_path: Path) -> None:
    done = mlproj("server", "-p", "0", "--access-log", str(tmp_path))
    assert (done.code, "the access log cannot be written" in done.err) == (2, True)


def test_the_log_on_standard_error(start: "Start") -> None:
    server = start("--access-log", "-")
    server.send("GET", "/version")
    assert json.loads(server.end()[1])["path"] == "/version"


def test_many_that_guess_at_once_are_turned_away(server: "Running") -> None:
    from concurrent.futures import ThreadPoolExecutor

    def guess(number: int) -> int:
        return server.send("GET", "/version", headers=basic("ada", f"guess {number}")).status

    with ThreadPoolExecutor(40) as threads:
        found = set(threads.map(guess, range(40)))
    assert found == {401, 429}
    with urllib3.PoolManager(retries=False) as pool:
        assert pool.request("GET", f"{server.url}/health").status == 200


# --- the parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "claim"),
    [
        ("Bearer  x ", Claim(name="", secret="x")),
        ("BASIC YTpiOmM=", Claim(name="a", secret="b:c")),
        ("Basic YTo=", Claim(name="a", secret="")),
        ("Basic YQ==", None),
        ("", None),
    ],
)
def test_what_a_header_claims(header: str, claim: Claim | None) -> None:
    assert read_claim(header) == claim


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "x",
        "scrypt$0$8$1$AA==$AA==",
        "scrypt$16384$8$1$!!$AA==",
        "md5$16384$8$1$AA==$AA==",
        "scrypt$99999999999$8$1$AA==$AA==",
    ],
)
def test_malformed_hashes_fit_nothing(kept: str) -> None:
    assert not password_fits("x", kept)


def test_a_right_password_is_checked_once(users: Path) -> None:
    registrar = Registrar(users, pytest.fail)
    claim = Claim(name="ada", secret=UGLY)
    assert registrar.known(claim) is None
    assert registrar.check(claim) == registrar.known(claim) != None  # noqa: E711 - a chain
    assert registrar.known(Claim(name="wim", secret=UGLY)) is None


def test_a_changed_password_is_not_remembered(users: Path) -> None:
    now = [0.0]
    notes: list[str] = []
    registrar = Registrar(users, notes.append, clock=lambda: now[0])
    claim = Claim(name="ada", secret=UGLY)
    registrar.check(claim)
    write_users(
        users, read_users(users).adding(User(name="ada", role=Role.READ, password=hash_password("new")), replace=True)
    )
    assert registrar.known(claim) is not None
    now[0] = 2.0
    assert registrar.known(claim) is None
    users.unlink()
    now[0] = 4.0
    assert registrar.known(claim) is None
    assert registrar.check(Claim(name="ada", secret="new")) is not None
    assert "the users stay as they were" in notes[0]


def test_pauses_grow_with_each_wrong_guess_and_end() -> None:
    pauses = Pauses()
    left = []
    for _ in range(12):
        pauses.failed("a", 100.0)
        left.append(pauses.left("a", 100.0))
    assert left[: FREE_FAILURES - 1] == [0.0] * (FREE_FAILURES - 1)
    assert left == sorted(left)
    assert left[-1] == 8.0
    assert (pauses.left("a", 109.0), pauses.left("b", 100.0), pauses.left("a", 1000.0)) == (0.0, 0.0, 0.0)
    pauses.succeeded("a")
    assert pauses.left("a", 100.0) == 0.0


def test_clients_that_failed_are_forgotten_in_the_end() -> None:
    pauses = Pauses()
    for number in range(20_000):
        pauses.failed(str(number), 0.0)
    assert len(pauses._failures) == 10_000


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/", Role.READ),
        ("HEAD", "/x", Role.READ),
        ("POST", "/api/2.0/mlflow/experiments/search", Role.READ),
        ("POST", "/ajax-api/2.0/mlflow/registered-models/get-latest-versions", Role.READ),
        ("DELETE", "/api/2.0/mlflow/logged-models/m/tags/search", Role.WRITE),
        ("POST", "/api/2.0/mlflow/runs/delete", Role.WRITE),
        ("DELETE", "/api/2.0/mlflow/registered-models/delete", Role.ADMIN),
        ("DELETE", "/ajax-api/2.0/mlflow/model-versions/delete", Role.ADMIN),
        ("POST", "/api/2.0/mlflow/experiments/restore", Role.ADMIN),
        ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/0", Role.ADMIN),
        ("DELETE", "/ajax-api/2.0/mlflow-artifacts/artifacts/0/run//", Role.ADMIN),
        ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/x", Role.WRITE),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/0", Role.WRITE),
    ],
)
def test_roles_that_requests_need(method: str, path: str, role: Role) -> None:
    assert needed_role(method, path) is role
