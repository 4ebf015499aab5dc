import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlproj.system.locks import hold, try_to_hold

HOLDER = """
import sys
from pathlib import Path

import pytest
from mlproj.system.locks import hold, try_to_hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def start_holder(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_the_lock_makes_its_directory_and_can_be_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "lock"
    waited: list[int] = []
    for _ in range(2):
        with hold(path, on_wait=lambda: waited.append(1)):
            pass
    assert waited == []


def test_another_process_is_waited_for_and_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with start_holder(path) as holder:
        waited: list[int] = []

        def note() -> None:
            waited.append(1)
            assert holder.stdin is not None
            holder.stdin.close()

        with hold(path, on_wait=note):
            assert waited == [1]


def test_the_death_of_the_holder_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with start_holder(path) as holder:
        waited = threading.Event()
        timer = threading.Timer(0.1, holder.kill)
        timer.start()
        with hold(path, on_wait=waited.set):
            assert waited.is_set()
        timer.join()


def test_threads_exclude_each_other(tmp_path: Path) -> None:
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with hold(tmp_path / "lock"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_an_exception_frees_the_lock(tmp_path: Path) -> None:
    waited: list[int] = []
    with pytest.raises(ZeroDivisionError), hold(tmp_path / "lock"):
        _ = 1 / 0
    with hold(tmp_path / "lock", on_wait=lambda: waited.append(1)):
        assert waited == []


def test_locks_are_tried_without_waiting(tmp_path: Path) -> None:
    one, two = tmp_path / "new" / "one", tmp_path / "two"
    with try_to_hold(one, two) as held:
        assert held
        with try_to_hold(two) as again:
            assert not again
    with hold(two), try_to_hold(one, two) as held:
        assert not held
    with try_to_hold(one, two) as held:
        assert held
