"""Which machine, which boot, which process: so that a process id that is used again deceives nobody."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """One process of one boot of one host. `started` is in clock ticks or seconds: compare it, do not read it."""

    host: str
    boot: str
    pid: int
    started: str


def this_process() -> ProcessIdentity:
    """The identity of the calling process."""
    return ProcessIdentity(host=hostname(), boot=boot_id(), pid=os.getpid(), started=start_of(os.getpid()) or "")


def is_here(identity: ProcessIdentity) -> bool:
    """Whether the process lives on this host and boot, so that `is_alive` can tell."""
    return (identity.host, identity.boot) == (hostname(), boot_id())


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether the process of that identity still runs; only meaningful if `is_here`."""
    return start_of(identity.pid) == identity.started


def hostname() -> str:
    return os.uname().nodename or "localhost"


def boot_id(file: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Tells one boot of a machine from the next; on Linux the kernel's, elsewhere the boot's time in seconds."""
    try:
        return file.read_text().strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


def start_of(pid: int) -> str | None:
    """When the process started, or None if there is none (a zombie counts as none)."""
    try:
        # The name in parentheses may hold anything, so split after its end. Fields: proc(5), state is 3, starttime 22.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _start_elsewhere(pid)
    except ProcessLookupError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]


def _start_elsewhere(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.NoSuchProcess:
        return None
