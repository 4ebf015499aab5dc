"""The program's entry: everything heavier is imported by the command that needs it."""

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        from mlproj.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while it still imports, or once more at its end
        sys.stderr.write("mlproj: interrupted\n")
        code = 130
    if "rattler" in sys.modules:
        _end_at_once(code)
    sys.exit(code)


def _end_at_once(code: int) -> None:
    """End without taking the interpreter down: rattler's threads go on meanwhile, and one time in a hundred they crash
    it, with an exit code that is not ours.
    """
    import atexit
    import contextlib
    import os

    atexit._run_exitfuncs()  # noqa: SLF001 - what others have asked to be done at the end
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
