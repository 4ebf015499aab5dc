import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from mlproj.system import identity
from mlproj.system.identity import boot_id, hostname, is_alive, is_here, start_of, this_process


def test_this_process_is_here_and_alive() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert me == this_process()
    assert is_here(me)
    assert is_alive(me)


def test_another_host_or_boot_is_not_here() -> None:
    me = this_process()
    assert not is_here(replace(me, host="elsewhere"))
    assert not is_here(replace(me, boot="before"))


def test_a_process_id_that_is_used_again_is_another_process() -> None:
    assert not is_alive(replace(this_process(), started="1"))


def test_a_dead_process_and_a_zombie_are_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = start_of(child.pid)
    assert started is not None
    them = replace(this_process(), pid=child.pid, started=started)
    assert is_alive(them)
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert start_of(child.pid) is None  # a zombie
    child.wait()
    assert not is_alive(them)


def test_a_process_with_an_ugly_name_has_a_start() -> None:
    text = "import ctypes; ctypes.CDLL(None).prctl(15, b') Z 1 (x', 0, 0, 0); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert (start_of(child.pid) or "").isdigit()


def test_an_identity_without_a_start_is_never_alive() -> None:
    """A process that was gone before it could be looked at: nothing lives by that identity."""
    assert not is_alive(replace(this_process(), pid=2**22 + 1, started=""))


def test_where_there_is_no_proc_psutil_is_asked(tmp_path: Path) -> None:
    started = identity._start_elsewhere(os.getpid())
    assert started is not None
    assert started == identity._start_elsewhere(os.getpid())
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert identity._start_elsewhere(child.pid) is None
    child.wait()
    assert identity._start_elsewhere(child.pid) is None
    assert boot_id(tmp_path / "none").isdigit()


def test_names_are_not_empty() -> None:
    assert hostname()
    assert boot_id()
