"""What machine this is: processor, memory, GPUs, operating system. Read from files where there are some; never slow."""

import contextlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
OS_RELEASE = (Path("/etc/os-release"), Path("/usr/lib/os-release"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine, as far as it tells; `memory` in bytes, `gpus` by their names."""

    cpu: str | None
    cpus: int | None
    memory: int | None
    gpus: tuple[str, ...]
    gpu_driver: str | None
    os: str | None
    libc: str | None
    machine: str
    kernel: str


def read_machine(environ: Mapping[str, str], *, proc: Path = PROC) -> Machine:
    """The facts of this machine."""
    gpus, driver = _gpus(proc)
    names = os.uname()
    return Machine(
        cpu=_processor(environ, proc),
        cpus=os.cpu_count(),
        memory=_memory(),
        gpus=gpus,
        gpu_driver=driver,
        os=_system(),
        libc=_libc(),
        machine=names.machine,
        kernel=f"{names.sysname} {names.release}",
    )


def _processor(environ: Mapping[str, str], proc: Path) -> str | None:
    with contextlib.suppress(OSError):
        text = (proc / "cpuinfo").read_text(errors="replace")
        for name in ("model name", "Model", "Processor", "cpu model", "cpu"):
            if found := re.search(rf"^{name}\s*:\s*(.+)$", text, re.MULTILINE):
                return found[1].strip()
        return os.uname().machine
    from mlproj.errors import MlprojError
    from mlproj.system.processes import run_program

    try:
        return run_program(["sysctl", "-n", "machdep.cpu.brand_string"], environ=environ).stdout.strip() or None
    except MlprojError:
        return None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def _gpus(proc: Path) -> tuple[tuple[str, ...], str | None]:
    """NVIDIA's, from what its driver shows as files; where it does not (WSL), from its library."""
    folder = proc / "driver" / "nvidia"
    names = []
    for file in sorted(folder.glob("gpus/*/information")):
        with contextlib.suppress(OSError):
            found = re.search(r"^Model:\s*(.+)$", file.read_text(errors="replace"), re.MULTILINE)
            names.append(found[1].strip() if found else "NVIDIA GPU")
    with contextlib.suppress(OSError):
        found = re.search(r"\s(\d+\.\d+(?:\.\d+)?)\s", (folder / "version").read_text(errors="replace"))
        return tuple(names), found[1] if found else None
    return tuple(names), None


def _system() -> str | None:
    if sys.platform == "darwin":
        import platform

        return f"macOS {platform.mac_ver()[0]}"
    for file in OS_RELEASE:
        with contextlib.suppress(OSError):
            found = re.search(r'^PRETTY_NAME="?(.*?)"?$', file.read_text(errors="replace"), re.MULTILINE)
            if found:
                return found[1]
    return os.uname().sysname


def _libc() -> str | None:
    if sys.platform == "darwin":
        return None
    try:
        if found := os.confstr("CS_GNU_LIBC_VERSION"):
            return found
    except (OSError, ValueError):
        pass
    loaders = sorted(Path("/lib").glob("ld-musl-*"))
    return "musl" if loaders else None
