"""GitPython driving the git program: the only module that imports it (80 ms), itself imported when a source needs it.

GitPython builds the command lines and checks URLs; the processes are started through our own door, because it would
hand them the whole environment of this process, and would not end them when the user interrupts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from git.cmd import Git

from mlproj.source.git.environ import OPTIONS
from mlproj.system.processes import run_program, stream_program


class GitProgram(Git):
    """`git` in one directory: `program.rev_parse("HEAD")` runs `git rev-parse HEAD` and gives what it prints.

    Raises ProgramFailedError. With `on_line` the output goes there instead, line by line.
    """

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str],
        *,
        options: Iterable[str] = (),
        on_line: Callable[[str], None] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        super().__init__(str(directory))
        self._directory = directory
        self._environ = environ
        self._on_line = on_line
        self._pass_fds = pass_fds
        self.set_persistent_git_options(c=[*OPTIONS, *options])

    def execute(self, command: str | Sequence[Any], **_: Any) -> str:  # type: ignore[override] # text is all we ask for
        """Run one command line of GitPython's."""
        argv = [str(part) for part in command]
        if self._on_line is not None:
            stream_program(
                argv, environ=self._environ, cwd=self._directory, on_line=self._on_line, pass_fds=self._pass_fds
            )
            return ""
        return run_program(argv, environ=self._environ, cwd=self._directory).stdout.rstrip("\n")
