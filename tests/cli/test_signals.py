"""Runs that are ended from outside: nothing is left running, nothing stays RUNNING."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


SLEEP = """
    entry_points:
      main:
        parameters: {mark: string}
        command: "sleep 61 & echo $$ > {mark}; sleep 62"
      stubborn:
        parameters: {mark: string}
        command: "trap '' INT TERM; echo $$ > {mark}; while true; do sleep 0.1; done"
"""


def wait_for(path: Path) -> str:
    """The content of a file that a command writes when it is under way."""
    for _ in range(1200):
        if path.exists() and (text := path.read_text().strip()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(pids: list[int]) -> None:
    for _ in range(400):
        if not any(map(is_running, pids)):
            return
        time.sleep(0.05)
    raise AssertionError("left running")


@pytest.mark.parametrize(
    ("entry_point", "number", "code", "reason"),
    [
        ("main", signal.SIGINT, 130, "interrupted"),
        ("main", signal.SIGTERM, 143, "terminated"),
        ("main", signal.SIGHUP, 129, "hangup"),
        ("stubborn", signal.SIGINT, 130, "interrupted"),
    ],
)
def test_a_signal_ends_the_whole_tree_and_the_run(  # noqa: PLR0917 - fixtures and the table's columns
    mlproj: "Program",
    project: "Write",
    tmp_path: Path,
    entry_point: str,
    number: signal.Signals,
    code: int,
    reason: str,
) -> None:
    mark = tmp_path / "mark"
    with mlproj.start("run", str(project(SLEEP)), "-e", entry_point, "-P", f"mark={mark}", "--grace", "0.3") as program:
        pid = int(wait_for(mark))
        tree = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        program.send_signal(number)
        assert program.wait(60) == code
        program.communicate()
    wait_until_gone(tree)
    run = mlproj.only_run()
    assert (run["status"], run["tags"]["mlproj.end_reason"]) == ("KILLED", reason)
    assert run["tags"]["mlproj.exit_code"] == str(code)


def test_a_killed_supervisor_takes_its_job_along_and_the_run_is_lost(
    mlproj: "Program", project: "Write", tmp_path: Path
) -> None:
    folder = project(SLEEP)
    mark = tmp_path / "mark"
    with mlproj.start("run", str(folder), "-P", f"mark={mark}", "--grace", "0.2") as program:
        pid = int(wait_for(mark))
        program.kill()
        program.communicate()
    wait_until_gone([pid])
    run = mlproj.only_run()
    assert run["status"] == "FAILED"
    assert run["tags"]["mlproj.end_reason"] == "lost"
    assert mlproj("runs", "wait", run["run_id"]).code == 137


@pytest.mark.parametrize(
    ("number", "code", "reason"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_while_the_environment_is_built_ends_the_run(  # noqa: PLR0917 - fixtures and the table's columns
    mlproj: "Program", project: "Write", tmp_path: Path, number: signal.Signals, code: int, reason: str
) -> None:
    folder = project("entry_points:\n  main:\n    command: echo never\npython_env: python_env.yaml\n")
    package = tmp_path / "slow"
    package.mkdir()
    mark = tmp_path / "building"
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "slow"\nbackend-path = ["."]\n'
    )
    (package / "slow.py").write_text(
        "import pathlib, time\n\n\ndef build_wheel(*_):\n"
        f"    pathlib.Path({str(mark)!r}).write_text('1')\n    time.sleep(60)\n"
        "\n\nprepare_metadata_for_build_wheel = build_wheel\n"
    )
    (folder / "python_env.yaml").write_text(f"dependencies:\n  - slow @ file://{package}\n")
    with mlproj.start("run", str(folder)) as program:
        wait_for(mark)
        program.send_signal(number)
        assert program.wait(30) == code
        assert "Traceback" not in program.communicate()[1]
    run = mlproj.only_run()
    assert (run["status"], run["tags"]["mlproj.end_reason"]) == ("KILLED", reason)
    assert run["tags"]["mlproj.failed_in"] == "environment"


def test_a_reader_that_goes_away_does_not_end_the_run(mlproj: "Program", project: "Write") -> None:
    folder = project("entry_points:\n  main:\n    command: for i in $(seq 20000); do echo line $i; done\n")
    shell = f"mlproj run '{folder}' | head -n 1"
    done = subprocess.run(["bash", "-c", shell], env=mlproj.environ(None), capture_output=True, text=True, check=True)
    assert done.stdout == "line 1\n"
    assert mlproj.only_run()["status"] == "FINISHED"
    assert mlproj.artifact("mlproj/output.log").endswith("line 20000\n")


def test_an_interrupt_while_python_imports_is_one_line() -> None:
    program = """
import sys
class Impatient:
    def find_spec(self, name, path, target=None):
        if name == "mlproj.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
from mlproj.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "mlproj: interrupted\n")
