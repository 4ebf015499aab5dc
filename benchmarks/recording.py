"""What recording costs a run: inputs that were hashed before, code that was captured before, outputs, system facts.

One project in a git work tree with 1,000 declared input files of 1 GB together, beside the same project without inputs;
then with an output, and with 1,000 untracked files. The difference to the plain run is printed.

Usage: python benchmarks/recording.py [ROUNDS]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import environment, in_turns, our_program, seconds

FILES = 1_000
SIZE = 1_000_000
PROJECT = """
name: recorded
entry_points:
  plain: {command: "true"}
  inputs: {inputs: [data], command: "true"}
  outputs: {outputs: [model.bin], command: "head -c 1000000 /dev/zero > model.bin"}
  seed: {seed: 7, variables: [HOME], command: "true"}
"""


def main() -> None:
    """Measure each case and print a line for it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = environment(home)
        clean, dirty = make_project(home / "clean"), make_project(home / "dirty")
        for number in range(FILES):
            (dirty / f"untracked_{number}.py").write_text(f"x = {number}\n")
        first = seconds([our_program(), "run", clean, "-e", "inputs"], cwd=home, environ=environ)
        print(f"{'1,000 inputs of 1 GB, hashed for the first time':<52}{first * 1000:>8.0f} ms in all")
        cases = {
            "plain": (clean, "plain"),
            "1,000 inputs of 1 GB, hashed before": (clean, "inputs"),
            "an output of 1 MB": (clean, "outputs"),
            "a seed and a declared variable": (clean, "seed"),
            "1,000 untracked files, kept before": (dirty, "plain"),
        }
        times = in_turns(
            {
                name: lambda p=project, e=entry: seconds([our_program(), "run", p, "-e", e], cwd=home, environ=environ)
                for name, (project, entry) in cases.items()
            },
            rounds=rounds,
        )
        print(f"{'a run with nothing declared, clean work tree':<52}{times['plain'] * 1000:>8.0f} ms in all")
        for name in list(cases)[1:]:
            print(f"{name:<52}{(times[name] - times['plain']) * 1000:>8.0f} ms more")


def make_project(folder: Path) -> Path:
    """A committed project; its data is ignored by git, as large data is."""
    (folder / "data").mkdir(parents=True)
    (folder / "MLproject").write_text(PROJECT)
    (folder / ".gitignore").write_text("data/\n")
    if folder.name == "clean":
        content = bytes(range(256)) * (SIZE // 256)
        for number in range(FILES):
            (folder / f"data/{number}.bin").write_bytes(number.to_bytes(8, "big") + content)
    git = ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    return folder


if __name__ == "__main__":
    main()
