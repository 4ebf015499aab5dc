"""Every error that a user can meet: one class each, with its exit code and its code on the wire.

The text of an error is one line that says what is wrong, where, and what to do next. `exit_code` is what the command
line ends with; `wire_code` is MLflow's `error_code`, from which the server derives the HTTP status. An exception that
is not a `MlprojError` is a bug of ours (exit code 70).
"""

from pathlib import Path
from typing import ClassVar


class MlprojError(Exception):
    """The root of all errors.

    `where` is a file position, a URI or a command; `hint` is what to do next; `detail` is what a program that failed
    had to say, printed below the line; `log` is a file that holds all of it.
    """

    exit_code: ClassVar[int] = 70
    wire_code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        detail: str | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.detail = detail
        self.log = log

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return " ".join(f"{where}{self.message}{hint}".split())


# --- the user's mistakes: exit 2 -------------------------------------------------------------------------------------


class UserError(MlprojError):
    """Something the user wrote or typed has to change."""

    exit_code = 2
    wire_code = "INVALID_PARAMETER_VALUE"


class UsageError(UserError):
    """The options of a command contradict each other or make no sense."""


class SettingError(UserError):
    """A setting has a value that cannot be used; `where` names the variable or the file."""


class ProjectFileError(UserError):
    """The MLproject file cannot be read, or the part of it that is needed is wrong."""


class EntryPointError(UserError):
    """No such entry point, and its name is not a script's either."""


class ParameterError(UserError):
    """A parameter is missing, given twice, or not of its type."""


class DeclarationError(UserError):
    """A declared input is not there or not what it should be, or a declared output was not written."""


class EnvironmentSpecError(UserError):
    """An environment file is missing, malformed, or of a kind that the chosen env manager cannot build."""


class NotFoundError(UserError):
    """No such run, experiment, artifact or environment."""

    wire_code = "RESOURCE_DOES_NOT_EXIST"


class AlreadyExistsError(UserError):
    """The name is taken."""

    wire_code = "RESOURCE_ALREADY_EXISTS"


class InvalidValueError(UserError):
    """A value that the tracking store refuses: a name, a filter, a page token, a param that would change."""


class FilterError(InvalidValueError):
    """A filter or an order that cannot be read; `position` is the character where it goes wrong, from 0."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.position = position


class LockTooNewError(EnvironmentSpecError):
    """The project's lock file was written by a newer mlproj."""


# --- the code cannot be had: exit 3 ----------------------------------------------------------------------------------


class SourceError(MlprojError):
    """The project's code cannot be fetched."""

    exit_code = 3


class NoSuchVersionError(SourceError):
    """The repository has no such branch, tag or commit."""


class NotRecordedError(SourceError):
    """An input or a secret of a past run was not kept, and is not here either: who has it can give it."""

    exit_code = 2


class CodeNotRecordedError(NotRecordedError):
    """A part of a past run's code was not kept (its size, `--no-capture`, ...), and is nowhere else."""

    exit_code = 3


# --- the environment cannot be built: exit 4 -------------------------------------------------------------------------


class EnvironmentFailedError(MlprojError):
    """The root of what goes wrong while locking or building an environment."""

    exit_code = 4


class ResolveError(EnvironmentFailedError):
    """No set of packages satisfies the specification."""


class BuildError(EnvironmentFailedError):
    """The environment's lock could not be installed."""


class StaleLockError(EnvironmentFailedError):
    """`--locked` was given and no fresh lock is there."""


class EngineError(EnvironmentFailedError):
    """The container engine cannot be reached, or refuses what it is asked for."""


class ForeignPlatformError(EnvironmentFailedError):
    """A past run's lock or image is for another platform, and does not serve this one."""


class InterpreterError(EnvironmentFailedError):
    """The Python version that the project asks for is not on this machine, or does not run."""


# --- the job cannot be started or followed: exit 5 -------------------------------------------------------------------


class BackendError(MlprojError):
    """The place where the job should run failed."""

    exit_code = 5


class JobLostError(BackendError):
    """The job is gone and nobody knows its exit code."""


# --- the run cannot be recorded: exit 6 ------------------------------------------------------------------------------


class TrackingError(MlprojError):
    """The tracking store cannot be used."""

    exit_code = 6


class StoreCorruptError(TrackingError):
    """The store's file is no database, or a damaged one."""


class StoreTooNewError(TrackingError):
    """The store's file was written by a newer mlproj."""


class StoreUnavailableError(TrackingError):
    """The store's database does not answer just now; what was asked can be asked again."""

    wire_code = "TEMPORARILY_UNAVAILABLE"


class ServerUnreachableError(TrackingError):
    """The tracking server does not answer."""

    wire_code = "TEMPORARILY_UNAVAILABLE"


class ForeignStorageError(TrackingError):
    """Artifacts lie in storage of a kind that cannot be read from here."""


class ServerRefusedError(TrackingError):
    """The tracking server answered with an error of its own; `status` is HTTP's."""

    status: int = 0


# --- this machine ----------------------------------------------------------------------------------------------------


class ProgramMissingError(MlprojError):
    """A program that is needed is not on PATH."""

    exit_code = 2


class ProgramFailedError(MlprojError):
    """A program that we ran ended with an error; rooms turn this into an error of their own."""

    def __init__(self, argv: tuple[str, ...], code: int, stdout: str, stderr: str) -> None:
        super().__init__(f"{Path(argv[0]).name} ended with exit code {code}", detail=stderr.strip() or stdout.strip())
        self.argv = argv
        self.code = code
        self.stdout = stdout
        self.stderr = stderr


class DirectoryError(MlprojError):
    """A directory of ours cannot be written: no permission, no space."""

    exit_code = 2


class RelayedError(MlprojError):
    """An error that happened in another process of ours, told again here."""

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # the other process's, so it is this error's own


class RunFailedError(MlprojError):
    """A run that was waited for did not finish well; `run_id` says which."""

    exit_code = 1

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"run {run_id} failed", hint=f"see `mlproj runs show {run_id}` and `mlproj runs logs {run_id}`"
        )
        self.run_id = run_id


# --- not errors ------------------------------------------------------------------------------------------------------


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived. Like KeyboardInterrupt no Exception: only the end of a run catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by signal {number}")
        self.exit_code = 128 + number
