"""The program's entry: everything heavier is imported by the command that needs it."""

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from mlproj.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
