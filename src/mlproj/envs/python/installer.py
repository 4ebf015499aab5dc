"""What resolves and installs Python packages: the protocol and its members."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from mlproj.config import Settings
from mlproj.envs.python.interpreters import Interpreter
from mlproj.envs.python.requirements import Scope
from mlproj.envs.values import EnvSpec, Lock, Progress
from mlproj.errors import UsageError

_INSTALLERS = {"uv": "mlproj.envs.python.uv", "pip": "mlproj.envs.python.pip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """For whom and with what an installer works. `platform` is set when it is not this machine's.

    `on_progress` takes what may be forgotten, `on_note` what the user should see. `held` are descriptors that
    installing programs inherit: see `building`.
    """

    spec: EnvSpec
    settings: Settings
    interpreter: Interpreter
    on_progress: Progress
    on_note: Progress
    log: Path | None = None
    platform: str | None = None
    python: str | None = None
    held: tuple[int, ...] = ()

    @property
    def scope(self) -> Scope:
        """How the lines of a lock are to be read."""
        return Scope(root=self.spec.root, environ=self.settings.environ)


class Installer(Protocol):
    """Resolves a specification to a lock's payload, and installs a lock."""

    def resolve(self, task: Task, *, as_of: str | None) -> str:
        """The exact requirements, hashed, in the format `requirements`. Raises ResolveError."""
        ...

    def install(self, task: Task, lock: Lock, *, prefix: Path) -> None:
        """Install a lock into the environment at `prefix`. Raises BuildError."""
        ...


def installer(name: str) -> Installer:
    """The installer of that name; imported when it is asked for."""
    if name not in _INSTALLERS:
        raise UsageError(f"no such installer: {name!r}", hint=f"one of {', '.join(_INSTALLERS)}")
    module = import_module(_INSTALLERS[name])
    member: Installer = module.INSTALLER
    return member
