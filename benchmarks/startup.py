"""How long the programs take to say something: ours beside mlflow, in one run.

Usage: python benchmarks/startup.py [ROUNDS]
"""

import sys
import tempfile
from pathlib import Path

from measuring import environment, in_turns, our_program, peer_program, print_headings, print_row, seconds


def main() -> None:
    """Measure `--version` and `--help`."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    ours, theirs = our_program(), peer_program()
    print_headings("mlproj", "mlflow")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = environment(home)
        for option in ("--version", "--help"):
            times = in_turns(
                {
                    "ours": lambda option=option: seconds([ours, option], cwd=home, environ=environ),
                    "theirs": lambda option=option: seconds([theirs, option], cwd=home, environ=environ),
                },
                rounds=rounds,
            )
            print_row(option, times["ours"], times["theirs"])


if __name__ == "__main__":
    main()
