"""What a run costs in each kind of environment, cold and warm: ours beside mlflow's where that can run.

Cold: no environment yet, the package caches warm and the lock remembered. Warm: all is there. For conda the packages
come from conda-forge, or from the channels of CONDA_CHANNEL_ALIAS; mlflow needs a conda program on PATH for it.

Usage: python benchmarks/environments.py [ROUNDS]
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measuring import environment, in_turns, our_program, peer_program, print_headings, print_row, seconds

KINDS = {
    "virtualenv": {
        "MLproject": "python_env: python_env.yaml\nentry_points: {main: {command: 'true'}}\n",
        "python_env.yaml": "dependencies: [numpy, packaging]\n",
    },
    "conda": {
        "MLproject": "conda_env: conda.yaml\nentry_points: {main: {command: 'true'}}\n",
        "conda.yaml": "channels: [conda-forge]\ndependencies: [python>=3.11, pip, {pip: [packaging]}]\n",
    },
}
PEER_NEEDS = {"virtualenv": "uv", "conda": "conda"}


def main() -> None:
    """Measure each kind and print two lines for it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = with_uv(environment(home))
        bare = in_turns({"": lambda: seconds(["bash", "-c", "true"], cwd=home, environ=environ)}, rounds=rounds)[""]
        print_headings("mlproj", "mlflow")
        for kind, files in KINDS.items():
            project = home / kind
            project.mkdir()
            for name, text in files.items():
                (project / name).write_text(text)
            measure(kind, project, environ, rounds=rounds, bare=bare)


def measure(kind: str, project: Path, environ: dict[str, str], *, rounds: int, bare: float) -> None:
    """One line for a cold environment, one for a warm one; what cannot run is said."""
    ours = [our_program(), "run", project]
    theirs: list[str | Path] = [peer_program(), "run", project, "--env-manager", PEER_NEEDS[kind]]
    with said(kind, "mlproj"):
        seconds(ours, cwd=project, environ=environ)
        peer = shutil.which(PEER_NEEDS[kind], path=environ["PATH"]) is not None
        home = project.parent
        for state, removed in (("cold", (home / "mlproj-cache" / "envs", home / "mlflow-envs")), ("warm", ())):
            measured = {"ours": timed(ours, removed, project, environ)}
            if peer:
                measured["theirs"] = timed(theirs, removed, project, environ)
            times = in_turns(measured, rounds=rounds)
            if peer:
                print_row(f"{kind}, {state}", times["ours"] - bare, times["theirs"] - bare)
            else:
                print(f"{kind + ', ' + state:<44}{(times['ours'] - bare) * 1000:>9.0f} ms   (no {PEER_NEEDS[kind]})")


def timed(argv: list[str | Path], removed: tuple[Path, ...], cwd: Path, environ: dict[str, str]) -> Callable[[], float]:
    """A measurement that first removes what would be found again."""

    def call() -> float:
        for path in removed:
            shutil.rmtree(path, ignore_errors=True)
        return seconds(argv, cwd=cwd, environ=environ)

    return call


@contextlib.contextmanager
def said(kind: str, program: str) -> Iterator[None]:
    """One line for what this machine cannot run."""
    try:
        yield
    except subprocess.CalledProcessError as error:
        words = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        print(f"{kind}: {program} cannot run it here: {words[-1] if words else error}")


def with_uv(environ: dict[str, str]) -> dict[str, str]:
    """The peer looks for uv on PATH."""
    from uv import find_uv_bin

    return {**environ, "PATH": f"{Path(find_uv_bin()).parent}:{environ['PATH']}"}


if __name__ == "__main__":
    main()
