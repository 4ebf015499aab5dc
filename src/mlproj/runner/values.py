"""What is asked of the runner, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mlproj.config import Settings
from mlproj.envs.values import EnvSpec, Lock, LockPolicy
from mlproj.errors import MlprojError, UsageError
from mlproj.project.model import Binding, Origin, Project
from mlproj.record.values import InputRecord
from mlproj.source.checkout import Checkout
from mlproj.source.tree import Tree


class Reporter(Protocol):
    """Tells the user what is going on."""

    def note(self, text: str) -> None:
        """Say something that stays."""
        ...

    def progress(self, text: str) -> None:
        """Say what is being done just now; a terminal may write over it."""
        ...

    def clear(self) -> None:
        """The progress is over: leave the terminal to others."""
        ...


def caller_directory() -> Path:
    """The directory that given paths are relative to. Raises UsageError if it was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current directory is gone", hint="change to one that exists") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One call of `mlproj run` or `mlproj.run`, as given.

    `caller` is the directory that given paths are relative to. `origins` says which parameters came from a file.
    `run_id` names a run that exists already and is to be used. `terminal` asks for a pty, `echo` for the command's
    output on our own (`to_stderr`: all of it on standard error). `reproduces` is the id of the run that this one is to
    reproduce. `places` are path parameters that are known to be somewhere, whatever is given; `known_inputs` what URLs
    held, by the text that declares them. `reuse` takes the results
    of an earlier run that is the same in every part, if there is one.
    """

    uri: str
    caller: Path
    entry_point: str = "main"
    version: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    env_manager: str | None = None
    backend: str = "local"
    backend_config: Mapping[str, object] = field(default_factory=dict)
    docker_args: Mapping[str, object] = field(default_factory=dict)
    docker_auth: Mapping[str, str] = field(default_factory=dict, repr=False)
    build_image: bool = False
    lock_policy: LockPolicy = field(default_factory=LockPolicy)
    run_id: str | None = None
    run_name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    terminal: bool = False
    echo: bool = True
    to_stderr: bool = False
    reproduces: str | None = None
    places: Mapping[str, Path] = field(default_factory=dict)
    known_inputs: Mapping[str, str] = field(default_factory=dict)
    reuse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a run is made of, hashed: its code's tree, and the inputs by the text that declares them.

    `paths` are the local path parameters' values: relative to the project, or absolute.
    """

    tree: Tree
    inputs: Mapping[str, InputRecord] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that has passed every check that needs no run: from here on a failure is a run's failure.

    `place` maps path parameters to where they are on this machine, `remote` those that must be fetched to their URIs.
    `facts` are there once `examining.examine` has hashed code and inputs. `lock` is what the environment is built from
    where that is settled: a past run's own.
    """

    request: RunRequest
    settings: Settings
    checkout: Checkout
    project: Project
    binding: Binding
    spec: EnvSpec
    place: Mapping[str, str]
    remote: Mapping[str, str]
    phases: Mapping[str, float]
    facts: Facts | None = None
    lock: Lock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. `exit_code` is what `mlproj run` ends with.

    `failed_in` is None for success, else `command`, `environment`, `backend`, `tracking`, `inputs` or `mlproj`;
    `error` is set if it was not the command that failed, `interrupt` if a signal came while it did not run. `reused` is
    true for an earlier run that was taken instead of a new one.
    """

    run_id: str
    experiment_id: str
    status: str
    exit_code: int
    end_reason: str
    failed_in: str | None = None
    error: MlprojError | None = None
    interrupt: BaseException | None = None
    reused: bool = False
