"""All processes below a process, and signals to them.

The shim of the local backend imports this, and its start-up is on every run's bill: nothing but `os` up here.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_STATE, _PARENT, _GROUP, _SESSION, _START = 0, 1, 2, 3, 19
"""Where these stand in /proc/PID/stat behind the name; see proc(5)."""


def descendants(root: int, *, skip: Callable[[int], bool] = lambda _: False) -> list[int]:
    """The living processes below `root`, in sessions of their own too, parents first.

    A process for which `skip` answers true is left out with all that is below it.
    """
    children: dict[int, list[int]] = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = [pid for pid in children.get(waiting.pop(), []) if not skip(pid)]
        found.extend(below)
        waiting.extend(below)
    return found


def parents() -> Mapping[int, int]:
    """Each living process of this machine -> its parent."""
    if not os.path.exists("/proc/self/stat"):  # noqa: PTH110 - pathlib is as slow to import as Python to start
        return parents_from_ps()
    found = {}
    for pid in _pids():
        fields = _stat(pid)
        if fields is not None and fields[_STATE] not in {b"Z", b"X"}:
            found[pid] = int(fields[_PARENT])
    return found


def send(pids: Iterable[int], *signals: int) -> None:
    """Send the signals to each process; those that are gone or not ours to end are passed over."""
    for pid in pids:
        try:
            for number in signals:
                os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def group_members(group: int) -> list[int]:
    """The living processes of a process group, asked of `ps`: for systems without /proc and without subreapers."""
    return [pid for pid, _, its_group in _ps() if its_group == group]


def orphans(leader: int, group: int, mark: bytes) -> list[int]:
    """What is left of a tree whose root was killed: the members of its session and of its group, and what is below.

    Processes whose environment holds `mark` (`NAME=value`) and that started after the session's first member are
    found wherever they went; that needs Linux's /proc. Without it only the group's members are found.
    """
    if not os.path.exists("/proc/self/stat"):  # noqa: PTH110
        return group_members(group)
    found = []
    for pid in _pids():
        fields = _stat(pid)
        if fields is None or fields[_STATE] in {b"Z", b"X"} or pid == os.getpid():
            continue
        if int(fields[_SESSION]) == leader or int(fields[_GROUP]) == group or (mark and mark in _environment(pid)):
            found.append(pid)
    return found


def command_line(pid: int) -> bytes:
    """The program and its arguments, each ended by a NUL; empty where there is no /proc."""
    return _read(f"/proc/{pid}/cmdline")


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def _stat(pid: int) -> list[bytes] | None:
    # The name in parentheses may hold anything, so split after its end.
    content = _read(f"/proc/{pid}/stat")
    return content.rpartition(b")")[2].split() if content else None


def _environment(pid: int) -> list[bytes]:
    return _read(f"/proc/{pid}/environ").split(b"\0")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def parents_from_ps() -> Mapping[int, int]:
    return {pid: parent for pid, parent, _ in _ps()}


def _ps() -> list[tuple[int, int, int]]:
    import subprocess

    listing = subprocess.run(["ps", "-axo", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=False)
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [(int(pid), int(parent), int(group)) for pid, parent, group, state in rows if not state.startswith("Z")]
