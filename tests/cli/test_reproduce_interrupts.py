"""Whatever ends a reproduction, no run goes on, and nothing of it is left."""

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Git, Program, Write


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_reproduction_leaves_nothing(
    mlproj: "Program", project: "Write", git: "Git", tmp_path: Path, number: int
) -> None:
    seconds = tmp_path / "seconds"
    seconds.write_text("0")
    folder = project(
        f"""
        name: slow
        entry_points:
          main:
            command: "echo started; sleep $(cat '{seconds}'); echo 1 > out.txt"
            outputs: [out.txt]
        """
    )
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    words = ("--env-manager", "local", "--json")
    first = mlproj("run", "project", *words).json["run_id"]
    seconds.write_text("60")
    process = mlproj.start("reproduce", first, *words)
    assert process.stderr is not None
    while "started" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    data = json.loads(out)
    assert (data["verdict"], data["error"]) == (None, "the run was interrupted")
    new, old = mlproj("runs", "list", "--json").json
    assert (new["status"], new["tags"]["mlproj.reproduces"]) == ("KILLED", first)
    assert "mlproj.verdict" not in new["tags"] | old["tags"]
    cache = Path(mlproj.environ(None)["MLPROJ_CACHE_DIR"])
    assert [*(cache / "checkouts").iterdir(), *(cache / "jobs").iterdir()] == []
