"""Git asked about a directory that a project runs in as it is.

Nothing that the repository's own configuration names is started: no hook, no fsmonitor, no lazy fetch, and in a
repository that another user owns no filter either.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlproj.source.git.environ import OPTIONS, config_text, git_environ, user_config_files
from mlproj.system.processes import Finished, run_program


@dataclass(frozen=True, slots=True, kw_only=True)
class GitReader:
    """The git program in one directory."""

    directory: Path
    environ: Mapping[str, str]
    options: tuple[str, ...] = ()

    @property
    def settings(self) -> list[str]:
        """The options of every call."""
        return [part for option in (*OPTIONS, *self.options) for part in ("-c", option)]

    def ask(self, *arguments: str, check: bool = False, errors: str = "replace") -> Finished:
        """Run one command of git's; with `check` ProgramFailedError if it fails."""
        return run_program(
            ["git", *self.settings, *arguments],
            environ=self.environ,
            cwd=self.directory,
            check=check,
            errors=errors,
        )

    def names(self, *arguments: str) -> list[str]:
        """What a command prints that ends each entry with a null byte; what is not UTF-8 stands as surrogates.

        Raises ProgramFailedError.
        """
        printed = self.ask(*arguments, check=True, errors="surrogateescape").stdout
        return [entry for entry in printed.split("\0") if entry]

    def below(self, directory: Path) -> "GitReader":
        """The same in another directory."""
        return replace(self, directory=directory)


@contextlib.contextmanager
def reading(directory: Path, top: Path, environ: Mapping[str, str]) -> Iterator[GitReader]:
    """A reader in `directory` of the work tree at `top`."""
    quiet = git_environ(environ, terminal=False) | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LITERAL_PATHSPECS": "1",
    }
    if all(path.stat().st_uid == os.geteuid() for path in (top, top / ".git")):
        yield GitReader(directory=directory, environ=quiet)
        return
    with _trusting(quiet) as trusting:
        reader = GitReader(directory=directory, environ=trusting)
        yield replace(reader, options=_without_filters(read_config(reader)))


def read_config(reader: GitReader) -> dict[str, str]:
    """The remotes' URLs and the names of filters, by key."""
    found = reader.ask(
        "config", "-z", "--get-regexp", r"^(remote\..*\.(url|pushurl)|filter\..*\.(clean|smudge|process))$"
    )
    entries = (entry.partition("\n") for entry in found.stdout.split("\0") if entry)
    return {key: value for key, _, value in entries}


@contextlib.contextmanager
def _trusting(environ: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The environment in which git reads a repository that another user owns, as a CI job's often is."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="mlproj-git-") as folder:
        file = Path(folder) / "config"
        file.write_text(config_text(user_config_files(environ)), encoding="utf-8")
        yield {**environ, "GIT_CONFIG_GLOBAL": str(file)}


def _without_filters(config: Mapping[str, str]) -> tuple[str, ...]:
    names = {key.removeprefix("filter.").rpartition(".")[0] for key in config if key.startswith("filter.")}
    parts = ("clean=", "smudge=", "process=", "required=false")
    return tuple(f"filter.{name}.{part}" for name in sorted(names) for part in parts)
