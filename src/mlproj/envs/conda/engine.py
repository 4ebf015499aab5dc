"""What solves and installs conda packages: the protocol, and whom it works for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlproj.config import Settings
from mlproj.envs.conda.channels import Channel, channels_for
from mlproj.envs.conda.condarc import Condarc, read_condarc
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.requirements import Scope
from mlproj.envs.values import EnvSpec, Progress

if TYPE_CHECKING:
    from rattler import RepoDataRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaTask:
    """For whom an engine works. `platform` is ours (`linux-x86_64`); `held` are descriptors that programs inherit."""

    spec: EnvSpec
    settings: Settings
    platform: str
    channels: tuple[Channel, ...]
    condarc: Condarc = field(repr=False)
    on_progress: Progress
    on_note: Progress
    log: Path | None = None
    held: tuple[int, ...] = ()

    @property
    def scope(self) -> Scope:
        """How the lines of the pip section are to be read."""
        return Scope(root=self.spec.root, environ=self.settings.environ)

    @property
    def where(self) -> str:
        """What errors name."""
        return str(self.spec.file or self.spec.root)


class CondaEngine(Protocol):
    """Solves a conda.yaml's packages, and installs solved ones."""

    def solve(self, task: CondaTask, *, as_of: str | None) -> "list[RepoDataRecord]":
        """The packages, their dependencies too. Raises ResolveError with the solver's explanation."""
        ...

    def install(self, task: CondaTask, records: "list[RepoDataRecord]", *, prefix: Path) -> None:
        """Install packages where nothing is yet, without solving. Raises BuildError."""
        ...


def make_task(
    spec: EnvSpec,
    *,
    settings: Settings,
    on_progress: Progress,
    on_note: Progress,
    log: Path | None = None,
    platform: str | None = None,
) -> CondaTask:
    """A task with its channels as URLs, by the user's .condarc."""
    condarc = read_condarc(settings.environ)
    return CondaTask(
        spec=spec,
        settings=settings,
        platform=platform or this_platform(),
        channels=channels_for(spec.channels, condarc, root=spec.root, environ=settings.environ),
        condarc=condarc,
        on_progress=on_progress,
        on_note=on_note,
        log=log,
    )


def engine_for(settings: Settings) -> CondaEngine:
    """rattler, or the program that the settings ask for."""
    from mlproj.envs.conda.programs import asked_program

    if asked_program(settings) is None:
        from mlproj.envs.conda.rattler import ENGINE

        return ENGINE
    from mlproj.envs.conda.external import ENGINE as EXTERNAL

    return EXTERNAL
