"""Add up the terms of a geometric series; the base comes from the environment's variables."""

import argparse
import os
import sys
from pathlib import Path

from packaging.version import Version


def main() -> None:
    """Print the sum, and where it was computed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True)
    count = parser.parse_args().count
    base = float(os.environ["SERIES_BASE"])
    print(f"sum {sum(base**-term for term in range(count)):.6f}")
    print(f"python {Version(sys.version.split()[0])} in {Path(os.environ['CONDA_PREFIX']).name}")


if __name__ == "__main__":
    main()
