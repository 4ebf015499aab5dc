"""A real `mlproj server` process on loopback, and clients that keep at it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import urllib3

JSON = {"Content-Type": "application/json"}


class Client:
    """One connection, made anew when it breaks."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=1, retries=False, timeout=timeout, cert_reqs="CERT_NONE")

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        answer = self._pool.request(method, f"{self._url}{path}", body=body, headers=dict(headers or {}))
        return answer.status, answer.headers, answer.data

    def ask(self, path: str, **body: object) -> tuple[int, Any]:
        """Status and JSON of a POST to the API."""
        status, _, content = self.send("POST", f"/api/2.0/mlflow/{path}", json.dumps(body).encode(), JSON)
        return status, json.loads(content)

    def post(self, path: str, **body: object) -> Any:
        status, found = self.ask(path, **body)
        assert status == 200, found
        return found

    def create_run(self, **more: object) -> str:
        return str(self.post("runs/create", experiment_id="0", **more)["run"]["info"]["run_id"])


@contextmanager
def served(
    store: str, *words: str, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process and its URL; it is killed at the end."""
    program = str(Path(sys.executable).with_name("mlproj"))
    command = [program, "server", "-p", "0", "--store", store, *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env=environ
    ) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        try:
            yield process, line.split()[-1]
        finally:
            process.kill()


def log_until(
    ended: Event, url: str, run_id: str, key: str, *, on_written: Callable[[], None] = lambda: None
) -> tuple[list[int], list[tuple[int, Any]]]:
    """Log a metric, step after step; gives the steps that were acknowledged, and the answers to the others.

    A server that is gone ends it too.
    """
    acknowledged: list[int] = []
    refused: list[tuple[int, Any]] = []
    client = Client(url)
    step = 0
    try:
        while not ended.is_set():
            status, said = client.ask("runs/log-metric", run_id=run_id, key=key, value=step, timestamp=1, step=step)
            if status == 200:
                acknowledged.append(step)
                on_written()
            else:
                refused.append((status, said))
            step += 1
    except urllib3.exceptions.HTTPError:
        pass
    return acknowledged, refused
