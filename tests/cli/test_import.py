"""`mlproj import` through the command line."""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.cli.app import run
from mlproj.tracking.opening import open_sqlite

if TYPE_CHECKING:
    from tests.cli.conftest import Program

SOURCES = Path(__file__).parent.parent / "transfer" / "sources"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory that holds what MLflow left: a database and a file store."""
    with tarfile.open(SOURCES / "mlflow-3.17-files.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    text = (SOURCES / "mlflow-3.17.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        connection.executescript(text.replace("{ROOT}", str(tmp_path)))
    return tmp_path


def test_a_folder_then_again(mlproj: "Program", folder: Path) -> None:
    done = mlproj("import", "mlruns")
    assert done.code == 0, done.err
    lines = {tuple(line.split()) for line in done.out.splitlines()}
    assert {("experiments", "2", "1"), ("runs", "5", "0"), ("files", "2")} <= lines
    assert "importing experiment 'gone'" in done.err
    assert "imported 5 runs" in done.err
    assert "counts agree with the source" in done.err
    again = mlproj("import", "mlruns", "--json")
    assert (again.json["written"], again.json["present"], again.json["agree"]) == (0, 5, True)


def test_a_database(mlproj: "Program", folder: Path) -> None:
    done = mlproj("import", "sqlite:///mlflow.db", "--link", "--json")
    assert (done.json["written"], done.json["files"], done.json["logged_models"]) == (5, 0, 1)
    assert mlproj("import", "mlflow.db", "--no-artifacts", "--json").json["present"] == 5


def test_counts_that_do_not_agree_end_with_1(mlproj: "Program", folder: Path) -> None:
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        database.execute("DELETE FROM metrics WHERE key = 'loss'")
        database.commit()
    done = mlproj("import", "mlflow.db")
    assert done.code == 1
    assert "counts do not agree" in done.err
    assert "metrics there" in done.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nowhere",), 6, "nowhere: cannot be read"),
        (("mlflow.db", "--link", "--no-artifacts"), 2, "exclude each other"),
        (("mlflow.db", "--tracking-uri", "http://127.0.0.1:9"), 2, "cannot be imported into a server"),
        (("http://127.0.0.1:9",), 6, "127.0.0.1:9"),
        (("mlartifacts",), 6, "no MLflow file store"),
        (("ftp://me:hush@x/y",), 2, "ftp://..."),
    ],
)
def test_bad_input(mlproj: "Program", folder: Path, words: tuple[str, ...], code: int, says: str) -> None:
    done = mlproj("import", *words, environ={"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"})
    assert done.code == code, done.err
    assert says in done.err
    assert "hush" not in done.err


def test_many_notes_are_cut(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(14):
        (folder / "mlruns" / f"rubbish {number}").mkdir()
    assert run(["import", str(folder / "mlruns")]) == 0
    assert "and 4 more notes" in capsys.readouterr().err


def test_on_a_terminal_there_is_one_line_of_progress(mlproj: "Program", folder: Path) -> None:
    import os
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(mlproj.directory)
        os.execvpe("mlproj", ["mlproj", "import", "mlruns"], {**mlproj.environ(None), "TERM": "xterm"})
    shown = b""
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
    assert b"counts agree" in shown


def test_the_warning_names_the_import(mlproj: "Program", folder: Path) -> None:
    (folder / "MLproject").write_text("entry_points: {main: {command: 'true'}}\n")
    for uri in ("./mlruns", "postgresql://me:hush@host/db"):
        done = mlproj("run", ".", environ={"MLFLOW_TRACKING_URI": uri})
        assert done.code == 0
        assert "`mlproj import " in done.err
        assert "hush" not in done.err


def test_what_was_imported_is_listed(mlproj: "Program", folder: Path) -> None:
    home = Path(mlproj.environ(None)["MLPROJ_HOME"])
    assert mlproj("import", "mlruns").code == 0
    with closing(open_sqlite(home / "mlproj.db")) as store:
        assert len(store.deleted_runs()) == 2


def test_gc_leaves_files_that_were_linked(mlproj: "Program", folder: Path) -> None:
    before = {path for path in folder.rglob("*") if path.name != "mlproj.db"}
    assert mlproj("import", "mlruns", "--link").code == 0
    ids = [item["run_id"] for item in mlproj("runs", "list", "--json").json]
    assert mlproj("runs", "delete", *ids).code == 0
    assert "removed" in mlproj("gc").err
    assert {path for path in folder.rglob("*") if path.name != "mlproj.db"} == before
