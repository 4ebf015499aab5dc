"""What a run costs beyond its command: ours beside mlflow, in one run.

Trivial projects outside and inside a git work tree, a warm virtualenv project, and a cold environment beside bare
`uv venv` and `uv pip install` of the same lock (that of the elasticnet example: 47 packages).

Usage: python benchmarks/run_overhead.py [ROUNDS]
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from measuring import environment, in_turns, our_program, peer_program, print_headings, print_row, seconds

PROJECT = "name: trivial\nentry_points:\n  main:\n    command: 'true'\n"
DEPENDENCIES = "dependencies:\n  - mlflow-skinny\n  - scikit-learn\n"


def main() -> None:
    """Measure each case and print a line for it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = environment(home)
        bare = in_turns({"bare": lambda: seconds(["bash", "-c", "true"], cwd=home, environ=environ)}, rounds=rounds)
        print_headings("mlproj", "mlflow")
        print(f"{'the bare command':<44}{bare['bare'] * 1000:>9.0f} ms")
        for name, project, words in projects(home):
            times = in_turns(
                {
                    "ours": lambda p=project, w=words: seconds(
                        [our_program(), "run", p, *w], cwd=home, environ=environ
                    ),
                    "theirs": lambda p=project, w=words: seconds(
                        [peer_program(), "run", p, *(w or ("--env-manager", "uv"))],
                        cwd=home,
                        environ=with_programs(environ),
                    ),
                },
                rounds=rounds,
            )
            print_row(name, times["ours"] - bare["bare"], times["theirs"] - bare["bare"])
        cold(home, environ, rounds)


def projects(home: Path) -> list[tuple[str, Path, tuple[str, ...]]]:
    """Name, directory and options of the warm cases."""
    plain, tracked, environment_project = home / "plain", home / "tracked", home / "environment"
    for folder in (plain, tracked, environment_project):
        folder.mkdir()
        (folder / "MLproject").write_text(PROJECT)
    git = ["git", "-C", str(tracked), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    (environment_project / "python_env.yaml").write_text(DEPENDENCIES)
    local = ("--env-manager", "local")
    return [
        ("trivial project, local", plain, local),
        ("trivial project in a git work tree, local", tracked, local),
        ("warm virtualenv project", environment_project, ()),
    ]


def with_programs(environ: dict[str, str]) -> dict[str, str]:
    """The peer looks for uv on PATH."""
    from uv import find_uv_bin

    return {**environ, "PATH": f"{Path(find_uv_bin()).parent}:{environ['PATH']}"}


def cold(home: Path, environ: dict[str, str], rounds: int) -> None:
    """A cold environment from a known lock, beside bare uv with the same lock; the package cache is warm for both."""
    from uv import find_uv_bin

    project = home / "environment"
    subprocess.run([our_program(), "lock", str(project)], check=True, env=environ, capture_output=True)
    pinned = home / "pinned.txt"
    (locked,) = tomllib.loads((project / "MLproject.lock").read_text())["lock"]
    pinned.write_text(locked["payload"])

    def ours() -> float:
        shutil.rmtree(home / "mlproj-cache" / "envs", ignore_errors=True)
        return seconds([our_program(), "prepare", project], cwd=home, environ=environ)

    def bare() -> float:
        prefix = home / "bare"
        shutil.rmtree(prefix, ignore_errors=True)
        created = seconds([find_uv_bin(), "venv", prefix], cwd=home, environ=environ)
        install = [find_uv_bin(), "pip", "install", "--require-hashes", "-r", pinned, "--python", prefix]
        return created + seconds(install, cwd=home, environ=environ)

    times = in_turns({"ours": ours, "bare": bare}, rounds=rounds)
    print(f"\n{'':<44}{'mlproj':>12}{'bare uv':>13}{'ratio':>10}")
    ratio = times["ours"] / times["bare"]
    print(f"{'cold environment':<44}{times['ours'] * 1000:>9.0f} ms{times['bare'] * 1000:>10.0f} ms{ratio:>8.2f} x")


if __name__ == "__main__":
    main()
