"""Inputs from the web: fetched once, checked, and put where the command looks for them."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write


class Web:
    """A web server over a directory, which says what was asked of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = ""
        self.bodies: list[str] = []


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path / "web")
    web.root.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, code: object = "-", size: object = "-") -> None:
            if str(getattr(code, "value", code)) == "200":
                web.bodies.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(web.root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        web.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield web
        server.shutdown()
        thread.join()


PROJECT = """
    name: fetches
    python_env: python_env.yaml
    entry_points:
      main:
        parameters: {out: {default: out.txt}}
        inputs:
          - {path: "%s/la%%20bels.csv", to: "data/it's {out}.csv"}
        outputs: ["{out}"]
        command: "cat data/*.csv > {out}; echo end >> {out}"
"""
PLACE = "data/it's out.txt.csv"


def make(project: "Write", web: Web) -> Path:
    (web.root / "la bels.csv").write_text("1\n")
    return project(PROJECT % web.url, python_env__yaml="dependencies: []\n")


def test_an_input_is_put_where_the_command_looks_for_it(mlproj: "Program", project: "Write", web: Web) -> None:
    folder = make(project, web)
    done = mlproj("run", "project", "--json")
    assert done.code == 0, done.err
    assert (folder / PLACE).read_text() == "1\n"
    assert (folder / "out.txt").read_text() == "1\nend\n"
    assert web.bodies == ["/la%20bels.csv"]
    reused = mlproj("run", "project", "--reuse", "--json")
    assert reused.json["reused"], reused.err
    (web.root / "la bels.csv").write_text("22\n")
    assert mlproj("run", "project").code == 0
    assert (folder / PLACE).read_text() == "22\n"
    assert len(web.bodies) == 2
    done = mlproj("reproduce", str(reused.json["run_id"]))
    assert done.code == 0, done.out + done.err
    assert len(web.bodies) == 2, "what the run had is in the cache"
    assert "kept until" not in done.err
    (folder / PLACE).write_text("my own\n")
    done = mlproj("run", "project")
    assert done.code == 2
    assert f"{PLACE} is in the way of the input {web.url}/la%20bels.csv" in done.err
    assert (folder / PLACE).read_text() == "my own\n"


def test_a_declared_hash_needs_no_server_once_it_is_here(mlproj: "Program", project: "Write", web: Web) -> None:
    content = b"content"
    (web.root / "x").write_bytes(content)
    folder = project(f"""
        entry_points:
          main:
            parameters: {{data: {{type: path, default: "{web.url}/x"}}}}
            inputs: [{{path: "{{data}}", sha256: {hashlib.sha256(content).hexdigest()}}}]
            command: "cat {{data}}"
    """)
    assert mlproj("run", "project").out == "content"
    assert web.bodies == ["/x"]
    (web.root / "x").write_bytes(b"another")
    assert mlproj("run", "project").out == "content"
    assert len(web.bodies) == 1
    (folder / "MLproject").write_text((folder / "MLproject").read_text().replace("/x", "/y"))
    (web.root / "y").write_bytes(b"another")
    assert mlproj("run", "project").out == "content", "the content is what counts, not where it is from"


def test_a_checkout_with_nothing_but_inputs_is_not_kept(
    git: "Git", mlproj: "Program", project: "Write", web: Web
) -> None:
    folder = make(project, web)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    done = mlproj("run", "project", "-v", "HEAD", "-P", "out=../out.txt")
    assert done.code == 2
    (folder / "MLproject").write_text((folder / "MLproject").read_text().replace("> {out}; echo end >> {out}", ""))
    (folder / "MLproject").write_text((folder / "MLproject").read_text().replace('outputs: ["{out}"]', "outputs: []"))
    git(folder, "commit", "-qam", "two")
    done = mlproj("run", "project", "-v", "HEAD")
    assert (done.code, done.out) == (0, "1\n"), done.err
    assert "kept until" not in done.err


def test_what_another_run_wrote_can_be_put_somewhere_too(mlproj: "Program", project: "Write") -> None:
    project("""
        entry_points:
          main: {outputs: [model], command: "mkdir -p model/deep && echo weights > model/deep/w.bin"}
    """)
    run = mlproj("run", "project", "--json").json["run_id"]
    project(
        f"""
        entry_points:
          main:
            inputs: [{{path: "runs:/{run}/mlproj/outputs/model", to: given}}]
            command: "cat given/deep/w.bin"
        """,
        name="second",
    )
    for _ in range(2):
        assert mlproj("run", "second").out == "weights\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{path: data.csv, to: x}", "'to' is for URLs"),
        ('{path: "https://h/x", to: ../x}', "is not in the project's directory"),
        ('{path: "https://h/x", to: [x]}', "'to' must be a path in the project"),
    ],
)
def test_places_that_are_none_are_said(mlproj: "Program", project: "Write", text: str, says: str) -> None:
    project(f"""
        entry_points:
          main: {{inputs: [{text}], command: "true"}}
    """)
    done = mlproj("validate", "project")
    assert says in done.out + done.err
