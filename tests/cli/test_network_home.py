"""A home that other machines share: a real FUSE mount of an SFTP server."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write

SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")


@pytest.fixture
def shared(tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[Path]:
    """A directory on a network file system."""
    require(shutil.which("sshfs") and SFTP_SERVER.exists() and os.access("/dev/fuse", os.W_OK), "sshfs")
    behind, mount, ssh = tmp_path / "behind", tmp_path / "shared home", tmp_path / "ssh"
    behind.mkdir()
    mount.mkdir()
    ssh.write_text(f"#!/bin/sh\nexec {SFTP_SERVER}\n")
    ssh.chmod(0o755)
    subprocess.run(["sshfs", "-o", f"ssh_command={ssh}", f"host:{behind}", str(mount)], check=True)
    yield mount
    subprocess.run(["fusermount", "-u", str(mount)], check=True)


def test_runs_are_recorded_there_with_one_warning(mlproj: "Program", project: "Write", shared: Path) -> None:
    folder = project("entry_points:\n  main:\n    command: echo hi\n")
    environ = {"MLPROJ_HOME": str(shared / "mlproj")}
    done = mlproj("run", str(folder), environ=environ)
    assert (done.code, done.out) == (0, "hi\n"), done.err
    assert done.err.count("network file system") == 1
    (run,) = mlproj("runs", "list", "--json", environ=environ).json
    assert run["status"] == "FINISHED"
    assert not list((shared / "mlproj").glob("*.db-wal"))
    assert mlproj("runs", "logs", run["run_id"], environ=environ).out == "hi\n"


def test_runs_at_once_from_several_processes_are_all_recorded(
    mlproj: "Program", project: "Write", shared: Path
) -> None:
    folder = project("entry_points:\n  main:\n    command: echo hi\n")
    environ = {"MLPROJ_HOME": str(shared / "mlproj")}
    programs = [mlproj.start("run", str(folder), environ=environ) for _ in range(4)]
    for program in programs:
        with program:
            program.communicate()
        assert program.returncode == 0
    assert len(mlproj("runs", "list", "--json", environ=environ).json) == 4
