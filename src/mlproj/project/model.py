"""What an MLproject file says, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding in a project, at a place. `line` and `column` count from 1; 0 if the finding is about the whole file.

    `entry_point` names the entry point that the finding spoils; None means the file as a whole. `at_run` is true for
    an error that leaves the file loadable: only running that entry point fails; and for a warning that whoever runs it
    should hear, because something that was declared is not done.
    """

    severity: Severity
    message: str
    hint: str | None = None
    file: Path
    line: int = 0
    column: int = 0
    entry_point: str | None = None
    at_run: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}"
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.severity}: {self.message}{hint}"


class ParameterType(StrEnum):
    """The types that are checked; any other word in a file is read as `string`, as MLflow does."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    PATH = "path"
    URI = "uri"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A declared input of an entry point.

    `type_text` is the word in the file, `type` what it means. `default` is text, as it goes into the command (a YAML
    true is `True`), or None if the parameter is required. `checked` is false where the declared default breaks the
    declared type, so that the type can be no more than a remark.
    """

    name: str
    type: ParameterType = ParameterType.STRING
    type_text: str = "string"
    default: str | None = None
    checked: bool = True
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    description: str | None = None
    secret: bool = False
    log: bool = True


class StoreAs(StrEnum):
    """How an output is kept: a copy, a second name of the same file, or by its hash alone."""

    COPY = "copy"
    LINK = "link"
    HASH = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredInput:
    """What an entry point reads: a path or glob relative to the project, or a URL; `sha256` if it is to be that.

    `{name}` in the path stands for the value of a parameter. Of a directory or a glob no sha256 can be declared. `to`
    is where in the project what a URL holds is put before the command.
    """

    path: str
    sha256: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOutput:
    """What an entry point writes: a path or glob in the project. `store` is None where the file does not say."""

    path: str
    store: StoreAs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMetric:
    """A metric by which runs are compared, with its relative and absolute tolerance."""

    name: str
    rtol: float | None = None
    atol: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A named command with its parameters, in the file's order. `timeout` is in seconds.

    `command` is a `str.format` template, or None if the file gives none (running it is then an error).
    `script` is the file that the command runs where the entry point is a script and not in the file.
    `metrics_files` are JSON or JSON Lines files that the command writes its metrics to. `seed` is a number from 0 to
    4294967295, or the name of the parameter that is one. `variables` are names of environment variables that matter.
    `additions` has all these keys, and `resources`, as the file has them.
    """

    name: str
    command: str | None
    parameters: tuple[Parameter, ...] = ()
    description: str | None = None
    timeout: float | None = None
    script: str | None = None
    inputs: tuple[DeclaredInput, ...] = ()
    outputs: tuple[DeclaredOutput, ...] = ()
    metrics: tuple[DeclaredMetric, ...] = ()
    metrics_files: tuple[str, ...] = ()
    seed: int | str | None = None
    variables: tuple[str, ...] = ()
    additions: Mapping[str, object] = field(default_factory=dict)


class EnvKind(StrEnum):
    """What a project declares. LOCAL: nothing, and nothing is found beside the file."""

    PYTHON = "python"
    CONDA = "conda"
    DOCKER = "docker"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvDeclaration:
    """The environment that a project asks for.

    `file` is the absolute path of its specification (python_env.yaml, conda.yaml, requirements.txt, pyproject.toml,
    pylock.toml), None for docker and local. `declared` is false where the file was found and not named. `docker` is
    the mapping `docker_env` as the file has it.
    """

    kind: EnvKind
    file: Path | None = None
    declared: bool = False
    docker: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A directory and what its MLproject file says. `file` is None where there is no such file, which is legal."""

    root: Path
    file: Path | None
    name: str | None
    environment: EnvDeclaration
    entry_points: Mapping[str, EntryPoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A project and everything that was found wrong with it."""

    project: Project
    diagnostics: tuple[Diagnostic, ...]


class Origin(StrEnum):
    """Where a parameter's value came from."""

    DEFAULT = "default"
    FILE = "file"
    OPTION = "option"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundParameter:
    """A parameter with its value, as given. `declared` is false for one that is appended as `--name value`."""

    name: str
    value: str = field(repr=False)
    type: ParameterType
    origin: Origin
    declared: bool = True
    secret: bool = False
    log: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """An entry point with all its values; `arguments` are the words after `--`, appended quoted."""

    entry_point: EntryPoint
    parameters: tuple[BoundParameter, ...]
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedCommand:
    """Shell text, and the environment variables that its secrets travel in."""

    text: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
