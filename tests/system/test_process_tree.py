import os
import signal
import subprocess
import sys
from pathlib import Path

from mlproj.system import process_tree

TREE = """
import os, subprocess, sys, time
depth = int(sys.argv[1])
child = subprocess.Popen([sys.executable, __file__, str(depth - 1)], start_new_session=depth == 1) if depth else None
print(os.getpid(), flush=True)
time.sleep(600)
"""


def test_descendants_are_found_in_sessions_of_their_own_too(tmp_path: Path) -> None:
    script = tmp_path / "tree.py"
    script.write_text(TREE)
    with subprocess.Popen([sys.executable, str(script), "2"], stdout=subprocess.PIPE, text=True) as root:
        assert root.stdout is not None
        pids = {int(root.stdout.readline()) for _ in range(3)}
        below = process_tree.descendants(root.pid)
        assert set(below) == pids - {root.pid}
        assert set(below) <= set(process_tree.descendants(os.getpid()))
        process_tree.send([*below, root.pid], signal.SIGKILL)
    assert process_tree.descendants(root.pid) == []


def test_the_dead_are_left_out() -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert child.pid not in process_tree.parents()
    child.wait()


def test_a_signal_to_nobody_is_no_error() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    process_tree.send([child.pid], signal.SIGTERM, signal.SIGCONT)


def test_orphans_are_found_by_session_group_or_mark() -> None:
    environ = {"PATH": os.defpath, "MARK": "one two"}
    plain = {"PATH": os.defpath}
    with (
        subprocess.Popen(["sleep", "600"], env=environ, start_new_session=True) as marked,
        subprocess.Popen(["sleep", "600"], env=plain, start_new_session=True) as leader,
        subprocess.Popen(["sleep", "600"], env=plain, process_group=0) as grouped,
    ):
        try:
            found = process_tree.orphans(leader.pid, grouped.pid, b"MARK=one two")
            assert set(found) == {marked.pid, leader.pid, grouped.pid}
            assert process_tree.orphans(leader.pid, -1, b"") == [leader.pid]
            assert process_tree.group_members(grouped.pid) == [grouped.pid]
        finally:
            process_tree.send([marked.pid, leader.pid, grouped.pid], signal.SIGKILL)


def test_ps_gives_the_same_tree_as_proc() -> None:
    with subprocess.Popen(["sleep", "600"]) as child:
        assert process_tree.parents_from_ps()[child.pid] == os.getpid()
        child.kill()
