"""Path and uri parameters: on this machine, on a web server, in another run's artifacts."""

import http.server
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


PROJECT = """
    entry_points:
      main:
        parameters:
          data: {type: path, default: own data.txt}
          where: {type: uri, default: "s3://bucket/x"}
        command: "cat {data} && echo {where}"
      tree:
        parameters: {data: path}
        command: "cd {data} && find . -type f | sort"
"""


@pytest.fixture
def folder(project: "Write") -> Path:
    folder = project(PROJECT)
    (folder / "own data.txt").write_text("the project's\n")
    return folder


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server over a directory with one file; its address."""
    root = tmp_path / "web"
    root.mkdir()
    (root / "some data.txt").write_text("from the web\n")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_default_is_the_projects_and_a_given_path_the_callers(
    mlproj: "Program", folder: Path, tmp_path: Path
) -> None:
    assert mlproj("run", str(folder)).out == "the project's\ns3://bucket/x\n"
    (tmp_path / "mine.txt").write_text("the caller's\n")
    done = mlproj("run", str(folder), "-P", "data=mine.txt")
    assert done.out.startswith("the caller's\n")
    newest = mlproj("runs", "list", "--json").json[0]
    assert newest["params"]["data"] == "mine.txt"


@pytest.mark.parametrize(
    ("given", "says"), [("data=none.txt", "none.txt"), ("data=", "data"), ("where=here", "no scheme")]
)
def test_what_is_not_there_ends_before_there_is_a_run(mlproj: "Program", folder: Path, given: str, says: str) -> None:
    done = mlproj("run", str(folder), "-P", given)
    assert done.code == 2
    assert says in done.err
    assert mlproj.no_runs()


def test_a_file_from_the_web_lands_in_the_storage_directory(
    mlproj: "Program", folder: Path, tmp_path: Path, web: str
) -> None:
    uri = f"{web}/some%20data.txt"
    done = mlproj("run", str(folder), "-P", f"data={uri}", "--storage-dir", "store here")
    assert done.out.startswith("from the web\n"), done.err
    (copy,) = (tmp_path / "store here").rglob("some data.txt")
    assert copy.read_text() == "from the web\n"
    assert mlproj.only_run()["params"]["data"] == uri


@pytest.mark.parametrize(
    ("uri", "code", "says"),
    [("{web}/none", 3, "404"), ("ftp://bucket/key", 3, "cannot fetch ftp"), ("runs:/abcdef0123/x", 2, "abcdef0123")],
)
def test_what_cannot_be_fetched_fails_the_run_with_a_line(  # noqa: PLR0917 - fixtures and the table's columns
    mlproj: "Program", folder: Path, web: str, uri: str, code: int, says: str
) -> None:
    done = mlproj("run", str(folder), "-P", f"data={uri.format(web=web)}")
    assert done.code == code
    assert says in done.err
    run = mlproj.only_run()
    assert run["status"] == "FAILED"
    assert run["tags"]["mlproj.failed_in"] == "inputs"
    assert says in run["tags"]["mlproj.error"]


def test_artifacts_of_another_run(mlproj: "Program", folder: Path, tmp_path: Path) -> None:
    mlproj("run", str(folder))
    run_id = mlproj.only_run()["run_id"]
    tree = tmp_path / "model"
    (tree / "deep").mkdir(parents=True)
    (tree / "a").write_text("a file\n")
    (tree / "deep" / "b").write_text("b\n")
    assert mlproj("artifacts", "log", run_id, str(tree)).code == 0
    done = mlproj("run", str(folder), "-P", f"data=runs:/{run_id}/model/a")
    assert done.out.startswith("a file\n"), done.err
    done = mlproj("run", str(folder), "-e", "tree", "-P", f"data=runs:/{run_id}/model")
    assert done.out == "./a\n./deep/b\n", done.err


def test_secrets_are_asked_for_at_a_terminal(mlproj: "Program", project: "Write") -> None:
    import pty

    folder = project(
        """
        entry_points:
          main:
            parameters: {key: {type: string, secret: true}}
            command: "echo {key} | wc -c"
        """
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("mlproj", ["mlproj", "run", str(folder)], mlproj.environ(None))
    shown = b""
    while b"(secret)" not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, b"hush hush\n")
    while True:
        try:
            chunk = os.read(terminal, 1024)
        except OSError:  # Linux says so when the last one has closed the other side
            break
        if not chunk:
            break
        shown += chunk
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"10" in shown
    assert b"hush hush" not in shown
