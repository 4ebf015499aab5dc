"""What very large declared inputs cost: one file of many GB, and a directory of very many files.

Each is read in a first run, and known in a second one. The file is sparse, so that it takes no space; the files of the
directory are of a few bytes each, and take an inode and a block. Prints wall time, processor time and the most memory.

Usage: python benchmarks/large_inputs.py [GB [FILES]]     (20 and 1000000; 4 GB of space, and half an hour)
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from measuring import environment, our_program

GIGABYTE = 1_000_000_000
PER_DIRECTORY = 1_000
PROJECT = """
name: large
entry_points:
  file: {inputs: [large.bin], command: "true"}
  directory: {inputs: [many], command: "true"}
"""


def main() -> None:
    """Make the inputs, run twice on each, and print a line for each run."""
    given = [int(word) for word in sys.argv[1:]]
    size, count = given + [20, 1_000_000][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        (project / "MLproject").write_text(PROJECT)
        with (project / "large.bin").open("wb") as file:
            file.truncate(size * GIGABYTE)
        make_files(project / "many", count)
        environ = {**environment(Path(folder)), "MLPROJ_ENV_MANAGER": "local"}
        for entry, name in (("file", f"a file of {size} GB"), ("directory", f"a directory of {count:,} files")):
            for when in ("first", "again"):
                print(f"{name:<36}{when:<8}{run(project, entry, environ)}", flush=True)


def make_files(folder: Path, count: int) -> None:
    """As many files, a thousand to a directory."""
    for number in range(count):
        if number % PER_DIRECTORY == 0:
            (folder / f"{number // PER_DIRECTORY}").mkdir(parents=True)
        (folder / f"{number // PER_DIRECTORY}" / f"{number}.txt").write_text(str(number))


def run(project: Path, entry: str, environ: dict[str, str]) -> str:
    """One run; what it took."""
    started = time.perf_counter()
    words = [str(our_program()), "run", str(project), "-e", entry]
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    _, status, usage = os.wait4(os.posix_spawn(words[0], words, environ, file_actions=nowhere), 0)
    if status:
        sys.exit(f"mlproj run -e {entry} ended with {os.waitstatus_to_exitcode(status)}")
    memory = usage.ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    used = usage.ru_utime + usage.ru_stime
    return f"{time.perf_counter() - started:>8.1f} s wall{used:>8.1f} s processor{memory:>6} MiB"


if __name__ == "__main__":
    main()
