"""Time of a Docker project's run, beside a bare `docker run` of the same image and beside MLflow's.

    python benchmarks/docker.py IMAGE [ROUNDS]

IMAGE is on the engine already and has a shell. Aim: less than a second over the bare run.
"""

import json
import sys
import tempfile
from pathlib import Path

from measuring import environment, in_turns, our_program, peer_program, seconds

AIM = 1.0
PROJECT = """\
name: bench
docker_env: {{image: {image}}}
entry_points: {{main: {{command: "true"}}}}
"""


def main() -> None:
    """Measure in turns and print."""
    image, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5  # noqa: PLR2004
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        project = home / "project"
        project.mkdir()
        (project / "MLproject").write_text(PROJECT.format(image=json.dumps(image)))
        environ = environment(home)
        bare = ["docker", "run", "--rm", image, "sh", "-c", "true"]
        times = in_turns(
            {
                "docker run": lambda: seconds(bare, cwd=home, environ=environ),
                "mlproj run": lambda: seconds([our_program(), "run", project], cwd=home, environ=environ),
                "mlflow run": lambda: seconds([peer_program(), "run", project], cwd=home, environ=environ),
            },
            rounds=rounds,
        )
    base = times["docker run"]
    for name, value in times.items():
        print(f"{name:<12}{value:>8.2f} s{value - base:>+8.2f} s")
    over = times["mlproj run"] - base
    print(f"over the bare run: {over:.2f} s, aim {AIM} s: {'met' if over < AIM else 'MISSED'}")


if __name__ == "__main__":
    main()
