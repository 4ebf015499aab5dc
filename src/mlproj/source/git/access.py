"""One call's way to a git source: the program, its environment, the credentials, and errors a user can read."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.config import Settings
from mlproj.errors import ProgramFailedError, ProgramMissingError
from mlproj.source.credentials import Credentials, redact
from mlproj.source.git.environ import batch_mode, config_text, git_environ, remembering, user_config_files
from mlproj.system.processes import run_program

if TYPE_CHECKING:
    from mlproj.source.git.program import GitProgram


def quiet(_: str) -> None:
    """Progress that nobody asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAccess:
    """How to run git for one source; `secrets` are masked in everything that git prints."""

    environ: Mapping[str, str] = field(repr=False)
    secrets: tuple[str | None, ...] = field(default=(), repr=False)
    on_progress: Callable[[str], None] = quiet

    def at(self, directory: Path, *, options: Sequence[str] = ()) -> "GitProgram":
        """The git program in a directory, its output given back."""
        return _program()(directory, self.environ, options=options)

    def showing(self, directory: Path, *, options: Sequence[str] = (), pass_fds: Sequence[int] = ()) -> "GitProgram":
        """The git program in a directory, its output shown as progress; `pass_fds` are open in it."""
        return _program()(directory, self.environ, options=options, on_line=self._show, pass_fds=pass_fds)

    def commit_of(self, repository: Path, version: str) -> str | None:
        """The commit that a version means in a repository on this machine, or None."""
        with suppress(ProgramFailedError):
            return str(
                self.at(repository).rev_parse("--verify", "--quiet", "--end-of-options", f"{version}^{{commit}}")
            )
        return None

    def clean(self, error: ProgramFailedError) -> str:
        """What git said when it failed, without credentials."""
        return redact(f"{error.stderr}\n{error.stdout}".strip(), self.secrets)

    def _show(self, line: str) -> None:
        if "%" in line:  # the rest is for people who fetch by hand
            self.on_progress(redact(line.strip(), self.secrets))


@contextmanager
def git_access(
    settings: Settings,
    *,
    location: str,
    credentials: Credentials,
    on_progress: Callable[[str], None] = quiet,
) -> Iterator[GitAccess]:
    """Access to the repository at `location`; what was written for it is gone at the end.

    Raises ProgramMissingError if there is no git.
    """
    import shutil
    import tempfile

    if shutil.which("git", path=settings.environ.get("PATH")) is None:
        raise ProgramMissingError("the program 'git' is not on this machine", hint="install git, or put it on PATH")
    environ = git_environ(settings.environ, terminal=_has_terminal())
    with tempfile.TemporaryDirectory(prefix="mlproj-git-") as folder:
        config = Path(folder) / "config"
        host = _host(location)
        text = config_text(
            user_config_files(settings.environ), host, credentials.username, password=credentials.password is not None
        )
        socket = Path(folder) / "answers"
        if "GIT_TERMINAL_PROMPT" not in environ:
            text += remembering(socket)
        config.write_text(text, encoding="utf-8")
        environ["GIT_CONFIG_GLOBAL"] = str(config)
        if "GIT_TERMINAL_PROMPT" in environ and "GIT_SSH" not in environ:
            environ["GIT_SSH_COMMAND"] = batch_mode(_ssh_command(environ, Path(folder)))
        environ["MLPROJ_GIT_USERNAME"] = credentials.username or ""
        environ["MLPROJ_GIT_PASSWORD"] = credentials.password or ""
        secrets = (credentials.password, None if credentials.password else credentials.username)
        try:
            yield GitAccess(environ=environ, secrets=secrets, on_progress=on_progress)
        finally:
            if socket.exists():
                run_program(["git", "credential-cache", f"--socket={socket}", "exit"], environ=environ, check=False)


def _program() -> "type[GitProgram]":
    from mlproj.source.git.program import GitProgram

    return GitProgram


def _has_terminal() -> bool:
    streams = (sys.stdin, sys.stderr)
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def _host(location: str) -> str | None:
    from urllib.parse import urlsplit

    parts = urlsplit(location) if location.startswith(("http://", "https://")) else None
    return f"{parts.scheme}://{parts.netloc}" if parts else None


def _ssh_command(environ: Mapping[str, str], folder: Path) -> str:
    """The ssh that git would run: the variable, else the configuration, else `ssh`."""
    if given := environ.get("GIT_SSH_COMMAND"):
        return given
    found = run_program(["git", "config", "--get", "core.sshCommand"], environ=environ, cwd=folder, check=False)
    return found.stdout.strip() or "ssh"
