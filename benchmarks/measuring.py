"""What the benchmarks share: the peer in an environment of its own, and commands that are timed in turns."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PEER = "mlflow==3.17.2"
CACHE = Path(__file__).parent.parent / ".cache" / "benchmarks"


def peer_program() -> Path:
    """The `mlflow` program, installed on first use."""
    prefix = CACHE / PEER
    program = prefix / "bin" / "mlflow"
    if not program.exists():
        from uv import find_uv_bin

        subprocess.run([find_uv_bin(), "venv", "--quiet", "--clear", str(prefix)], check=True)
        subprocess.run(
            [find_uv_bin(), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(prefix), PEER],
            check=True,
        )
    return program


def our_program() -> Path:
    """The `mlproj` program beside the interpreter that runs the benchmark."""
    return Path(sys.executable).parent / "mlproj"


def seconds(argv: Sequence[str | Path], *, cwd: Path, environ: dict[str, str]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    subprocess.run([str(word) for word in argv], cwd=cwd, env=environ, check=True, capture_output=True)
    return time.perf_counter() - started


def in_turns(measured: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    """The median of each measurement; one call of each in every round, so that a busy machine slows all alike."""
    for measure in measured.values():
        measure()
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, measure in measured.items():
            times[name].append(measure())
    return {name: statistics.median(values) for name, values in times.items()}


def environment(home: Path) -> dict[str, str]:
    """The caller's variables, with homes of the benchmark's own for both programs, and bytecode as users have it."""
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "MLPROJ_HOME": str(home / "mlproj-home"),
        "MLPROJ_CACHE_DIR": str(home / "mlproj-cache"),
        "MLFLOW_TRACKING_URI": "",
        "MLFLOW_ENV_ROOT": str(home / "mlflow-envs"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def print_row(name: str, ours: float, theirs: float) -> None:
    """One line: both times, and how many times longer the peer takes."""
    print(f"{name:<44}{ours * 1000:>9.0f} ms{theirs * 1000:>10.0f} ms{theirs / ours:>8.1f} x")


def print_headings(*names: str) -> None:
    print(f"{'':<44}{names[0]:>12}{names[1]:>13}{'ratio':>10}")
