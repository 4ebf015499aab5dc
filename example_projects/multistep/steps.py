"""The second half of the main entry point: start a step through the Python call."""

import sys

import mlproj


def main() -> None:
    """Run the `sum` step and say where it was recorded."""
    run = mlproj.run(".", "sum", parameters={"numbers": "numbers.txt"})
    print(f"summed {sys.argv[1]} numbers in run {run.run_id}")


if __name__ == "__main__":
    main()
