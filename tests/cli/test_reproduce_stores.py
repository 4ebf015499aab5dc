"""Stores that go away before, while and after a run is reproduced: one line, and exit code 6."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import urllib3

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Program, Start

Write = Callable[..., Path]
ONCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
PROJECT = """
    name: demo
    entry_points:
      main:
        command: "echo 1 > out.txt"
        outputs: [out.txt]
"""
WORDS = ("--env-manager", "local")


@contextmanager
def refusing(url: str, word: str) -> Iterator[str]:
    """A server before another one, which it asks all but what has a word in it: that it cannot do just now."""

    class Before(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if word.encode() in body or word in self.path:
                status, kind, data = 503, "text/plain", b"down"
            else:
                with urllib3.PoolManager(retries=False) as pool:
                    headers = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
                    answer = pool.request(self.command, f"{url}{self.path}", body=body, headers=headers)
                status, kind, data = answer.status, answer.headers.get("Content-Type", ""), answer.data
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Before) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def recorded(mlproj: "Program", project: Write, url: str) -> str:
    project(PROJECT)
    done = mlproj("run", "project", *WORDS, "--tracking-uri", url, "--json")
    assert done.code == 0, done.err
    return str(done.json["run_id"])


def errors_of(done: "Done") -> list[str]:
    return [line for line in done.err.splitlines() if line.startswith("mlproj: error: ")]


def test_a_tracking_store_that_does_not_answer(mlproj: "Program", tmp_path: Path) -> None:
    nobody = ("--tracking-uri", "http://127.0.0.1:9", "--json", "--junit", "report.xml")
    done = mlproj("reproduce", "4f1c", *nobody, environ=ONCE)
    assert done.code == 6, done.out + done.err
    assert len(errors_of(done)) == 1, done.err
    assert done.json["verdict"] == "cannot reproduce"
    assert "127.0.0.1:9" in done.json["error"]
    suite = ET.parse(tmp_path / "report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")


def test_artifacts_that_cannot_be_had(mlproj: "Program", project: Write, start: "Start") -> None:
    server = start()
    first = recorded(mlproj, project, server.url)
    for word in ("mlflow-artifacts", "run.json"):
        with refusing(server.url, word) as url:
            done = mlproj("reproduce", first, *WORDS, "--tracking-uri", url, environ=ONCE)
        assert done.code == 6, (word, done.out + done.err)
        assert len(errors_of(done)) == 1, done.err


def test_a_verdict_that_is_not_taken(mlproj: "Program", project: Write, start: "Start") -> None:
    server = start()
    first = recorded(mlproj, project, server.url)
    with refusing(server.url, "mlproj.verdict") as url:
        done = mlproj("reproduce", first, *WORDS, "--tracking-uri", url, environ=ONCE)
        as_data = mlproj("reproduce", first, *WORDS, "--tracking-uri", url, "--json", environ=ONCE)
    assert done.code == 6, done.out + done.err
    assert "verdict: identical" in done.out
    assert len(errors_of(done)) == 1, done.err
    assert "the verdict could not be kept on run" in done.err
    assert as_data.code == 6
    assert as_data.json["verdict"] == "identical"
    assert "the verdict could not be kept on run" in as_data.json["error"]


def test_a_store_that_goes_while_the_run_goes(
    mlproj: "Program", project: Write, start: "Start", tmp_path: Path
) -> None:
    server = start()
    folder = project(PROJECT)
    marker = tmp_path / "marker"
    text = (folder / "MLproject").read_text()
    ending = f"if test -e {marker}; then kill -9 $(cat {marker}); fi; echo 1"
    (folder / "MLproject").write_text(text.replace("echo 1", ending))
    done = mlproj("run", "project", *WORDS, "--tracking-uri", server.url, "--json")
    assert done.code == 0, done.err
    first = done.json["run_id"]
    marker.write_text(str(server.process.pid))
    done = mlproj("reproduce", first, *WORDS, "--tracking-uri", server.url, environ=ONCE)
    assert done.code == 6, done.out + done.err
    assert "verdict: cannot reproduce: " in done.out
    assert errors_of(done) == []


def test_a_record_whose_store_is_another(mlproj: "Program", project: Write, start: "Start", tmp_path: Path) -> None:
    """What lies beside a paper is read without the store; the new run has to go somewhere."""
    server = start()
    first = recorded(mlproj, project, server.url)
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    (record,) = home.rglob(f"{first}/artifacts/mlproj/run.json")
    shutil.copytree(record.parent, tmp_path / "paper")
    assert json.loads((tmp_path / "paper" / "run.json").read_text())["run_id"] == first
    done = mlproj("reproduce", "paper/run.json", *WORDS, "--tracking-uri", "http://127.0.0.1:9", environ=ONCE)
    assert done.code == 6, done.out + done.err
    assert len(errors_of(done)) + done.out.count("verdict: cannot reproduce: ") == 1
