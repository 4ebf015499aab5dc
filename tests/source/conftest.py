"""Real repositories, and real servers that serve them: git daemon, git http-backend behind HTTP, sshd."""

import base64
import contextlib
import getpass
import hashlib
import http.server
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote

import pytest

from mlproj.config import Settings, load_settings, process_environment

SSHD = Path("/usr/sbin/sshd")


@dataclass
class Repo:
    """A repository to make history in."""

    path: Path

    def git(self, *arguments: str, **variables: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.path,
            env={**process_environment(), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: dict[str, str], message: str = "change") -> str:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def bare(self, path: Path) -> Path:
        self.git("clone", "--quiet", "--bare", str(self.path), str(path))
        subprocess.run(["git", "config", "--unset", "remote.origin.url"], cwd=path, check=True)
        return path


def make_repo(path: Path) -> Repo:
    path.mkdir(parents=True)
    repo = Repo(path)
    repo.git("init", "--quiet", "--initial-branch=main")
    return repo


@pytest.fixture
def new_repo() -> Callable[[Path], Repo]:
    return make_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Three commits on main (the first is tagged v1 and, annotated, v2), and a branch dev."""
    repo = make_repo(tmp_path / "my project")
    repo.commit({"MLproject": "name: one\n", "sub.dir/code.py": "one\n"})
    repo.git("tag", "v1")
    repo.git("tag", "-a", "v2", "-m", "second name")
    repo.commit({"MLproject": "name: two\n"})
    repo.git("checkout", "--quiet", "-b", "dev")
    repo.commit({"MLproject": "name: dev\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"MLproject": "name: three\n"})
    return repo


@pytest.fixture
def settings(environment: Path) -> Settings:
    return load_settings()


@pytest.fixture
def fingerprint() -> Callable[[Path], str]:
    """A hash of everything below a directory: names, contents, modes, times of change."""

    def take(top: Path) -> str:
        digest = hashlib.sha256()
        for path in sorted(top.rglob("*")):
            status = path.lstat()
            digest.update(f"{path} {status.st_mode} {status.st_mtime_ns}".encode())
            if path.is_file():
                digest.update(path.read_bytes())
        return digest.hexdigest()

    return take


class GitHandler(http.server.BaseHTTPRequestHandler):
    """Files of a directory, and git http-backend for everything below /git/."""

    server: "WebServer"
    body: bytes | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.command} {self.path} {self.headers.get('Authorization', '-')}")
        if self.server.answers:
            return self._answer(*self.server.answers.pop(0))
        if self.server.login and not self._is_allowed():
            return self._answer(401, b"who are you?", {"WWW-Authenticate": 'Basic realm="x"'})
        if self.server.stalls and self.path.endswith("/git-upload-pack") and b"done" in self._body():
            return self._stall()
        if self.path.startswith("/git/"):
            return self._run_git()
        path = self.server.root / unquote(self.path.partition("?")[0]).lstrip("/")
        return self._answer(200, path.read_bytes()) if path.is_file() else self._answer(404, b"no such file")

    do_POST = do_GET  # noqa: N815 - the base class's name

    def _is_allowed(self) -> bool:
        expected = "Basic " + base64.b64encode(self.server.login.encode()).decode()
        return self.headers.get("Authorization") == expected

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stall(self) -> None:
        """Begin an answer that never ends."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-upload-pack-result")
        self.end_headers()
        self.server.stalled.set()
        self.rfile.read()

    def _body(self) -> bytes:
        if self.body is None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return self.body

    def _run_git(self) -> None:
        path, _, query = self.path.removeprefix("/git").partition("?")
        body = self._body()
        environ = {
            **process_environment(),
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "someone",
        }
        if self.server.protocol_v2:
            environ["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        done = subprocess.run(["git", "http-backend"], input=body, env=environ, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._answer(int(headers.pop("Status", "200").split(" ")[0]), content, headers)


class WebServer(http.server.ThreadingHTTPServer):
    """`answers` are given to the next requests instead of the real ones; `login` is what a request must know.

    With `stalls` a fetch gets the beginning of an answer, and `stalled` tells that one did.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), GitHandler)
        self.root = root
        self.login = ""
        self.protocol_v2 = True
        self.stalls = False
        self.stalled = threading.Event()
        self.requests: list[str] = []
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    """A web server for tmp_path/served, with git repositories below /git/."""
    (tmp_path / "served").mkdir(exist_ok=True)
    server = WebServer(tmp_path / "served")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Daemon:
    """A program that listens on a port of loopback."""

    port: int
    program: subprocess.Popen[bytes] = field(repr=False)

    def __enter__(self) -> Self:
        for _ in range(500):
            assert self.program.poll() is None, self.program.stderr and self.program.stderr.read()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return self
            time.sleep(0.02)
        raise TimeoutError(self.program.args)

    def __exit__(self, *_: object) -> None:
        self.program.terminate()
        self.program.communicate()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def git_daemon(tmp_path: Path) -> Iterator[str]:
    """The URL of a git daemon that serves tmp_path/served."""
    (tmp_path / "served").mkdir(exist_ok=True)
    port = free_port()
    command = ["git", "daemon", "--export-all", f"--base-path={tmp_path / 'served'}", "--listen=127.0.0.1"]
    with Daemon(port, subprocess.Popen([*command, f"--port={port}", "--reuseaddr"], stderr=subprocess.DEVNULL)):
        yield f"git://127.0.0.1:{port}"


@dataclass(frozen=True)
class SshServer:
    port: int
    key: Path
    known_hosts: Path

    @property
    def command(self) -> str:
        return f"ssh -i '{self.key}' -o IdentitiesOnly=yes -o UserKnownHostsFile='{self.known_hosts}' -F /dev/null"

    @property
    def user(self) -> str:
        return getpass.getuser()


@pytest.fixture
def ssh(tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[SshServer]:
    """An ssh server on loopback that lets one key in."""
    require(SSHD.exists() and shutil.which("ssh-keygen"), "sshd")
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = free_port()
    host_key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nAuthorizedKeysFile {folder / 'user.pub'}\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"PermitRootLogin yes\nAcceptEnv GIT_PROTOCOL\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    command = [str(SSHD), "-D", "-e", "-f", str(folder / "config")]
    with Daemon(port, subprocess.Popen(command, stderr=subprocess.DEVNULL)):
        yield SshServer(port=port, key=folder / "user", known_hosts=folder / "known_hosts")
