"""`mlproj artifacts` through the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlproj.cli.app import run
from mlproj.config import load_settings
from mlproj.tracking.opening import open_sqlite

Calling = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Calling:
    """Runs `mlproj artifacts ...`; gives exit code, stdout and stderr."""

    def calling(*words: str) -> tuple[int, str, str]:
        code = run(["artifacts", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return calling


@pytest.fixture
def run_id() -> str:
    """A run with the files `a.txt` and `model/deep/b.bin`."""
    store = open_sqlite(load_settings().home / "mlproj.db")
    found = store.create_run("0", start_time=1).run_id
    artifacts = store.artifacts(found)
    artifacts.write("a.txt", iter([b"hello"]))
    artifacts.write("model/deep/b.bin", iter([b"x" * 2_500]))
    store.close()
    return found


def test_list(call: Calling, run_id: str) -> None:
    code, out, _ = call("list", run_id[:8])
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [["PATH", "SIZE"], ["a.txt", "5", "B"], ["model/", "-"]]
    assert json.loads(call("list", run_id, "--json")[1])[1] == {"path": "model", "is_dir": True, "file_size": None}
    recursive = json.loads(call("list", run_id, "-r", "--json")[1])
    assert [info["path"] for info in recursive] == ["a.txt", "model/deep/b.bin"]
    assert "2.5 kB" in call("list", run_id, "model/deep")[1]
    assert "5 B" in call("list", run_id, "a.txt")[1]


def test_download_everything(call: Calling, run_id: str, tmp_path: Path) -> None:
    target = tmp_path / "my results"
    code, out, err = call("download", run_id[:6], "-o", str(target))
    assert (code, out, err) == (0, "", f"mlproj: downloaded 2 files to {target}\n")
    assert (target / "a.txt").read_bytes() == b"hello"
    assert (target / "model" / "deep" / "b.bin").stat().st_size == 2_500


def test_download_a_directory_or_a_file(call: Calling, run_id: str, tmp_path: Path) -> None:
    code, out, _ = call("download", run_id, "model", "-o", str(tmp_path), "--json")
    assert code == 0
    assert json.loads(out) == [{"path": "model/deep/b.bin", "file": str(tmp_path / "model/deep/b.bin")}]
    assert call("download", run_id, "a.txt", "-o", str(tmp_path))[2].startswith("mlproj: downloaded 1 file to ")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.txt", "model"]


def test_a_download_writes_over_nothing(call: Calling, run_id: str, tmp_path: Path) -> None:
    mine = tmp_path / "a.txt"
    mine.write_text("mine")
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "deep" / "b.bin").symlink_to("nowhere")
    code, _, err = call("download", run_id, "-o", str(tmp_path))
    hint = "give --force, or another -o DIRECTORY"
    assert (code, err) == (2, f"mlproj: error: {mine} is there already, and 1 more ({hint})\n")
    code, _, err = call("download", run_id, "a.txt", "-o", str(tmp_path))
    assert (code, err) == (2, f"mlproj: error: {mine} is there already ({hint})\n")
    assert mine.read_text() == "mine"
    assert call("download", run_id, "a.txt", "-o", str(tmp_path), "--force")[0] == 0
    assert mine.read_text() == "hello"


def test_log_files_and_directories(call: Calling, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "plots" / "sub").mkdir(parents=True)
    (tmp_path / "plots" / "one.svg").write_text("1")
    (tmp_path / "plots" / "sub" / "it's $(two).svg").write_text("2")
    os.mkfifo(tmp_path / "plots" / "pipe")
    (tmp_path / "report.html").write_text("")
    code, out, err = call("log", run_id, str(tmp_path / "plots"), str(tmp_path / "report.html"), "--path", "new/here")
    assert (code, out, err) == (0, "", "mlproj: logged 3 files\n")
    found = json.loads(call("list", run_id, "new", "-r", "--json")[1])
    assert [info["path"] for info in found] == [
        "new/here/plots/one.svg",
        "new/here/plots/sub/it's $(two).svg",
        "new/here/report.html",
    ]
    logged = json.loads(call("log", run_id, str(tmp_path / "report.html"), "--json")[1])
    assert logged == [{"path": "report.html", "file": str(tmp_path / "report.html")}]


def test_the_current_directory_has_a_name_too(
    call: Calling, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "x").write_text("1")
    monkeypatch.chdir(tmp_path / "here")
    assert json.loads(call("log", run_id, ".", "--json")[1])[0]["path"] == "here/x"


@pytest.mark.parametrize(
    "words",
    [
        ("list", "RUN", "nowhere"),
        ("list", "RUN", "../up"),
        ("list", "abc"),
        ("list", "zzzzzz"),
        ("download", "RUN", "nowhere"),
        ("log", "RUN", "/no/such/file"),
        ("log", "RUN", "/etc/hostname", "--path", "../up"),
        ("log", "RUN"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(call: Calling, run_id: str, words: tuple[str, ...]) -> None:
    code, out, err = call(*(run_id if word == "RUN" else word for word in words))
    assert (code, out) == (2, "")
    assert err.startswith("mlproj: error: ")
    assert len(err.splitlines()) == 1


def test_a_directory_that_cannot_be_written(call: Calling, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = call("download", run_id, "-o", str(tmp_path / "file"))
    assert code == 2
    assert len(err.splitlines()) == 1


def test_a_terminal_gets_a_progress_bar(run_id: str, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    argv = [sys.executable, "-m", "mlproj", "artifacts", "download", run_id, "-o", str(tmp_path / "out")]
    done = subprocess.run(argv, stderr=theirs, stdout=subprocess.PIPE, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert (done.returncode, done.stdout) == (0, b"")
    assert "downloading" in shown
    assert "downloaded 2 files" in shown
