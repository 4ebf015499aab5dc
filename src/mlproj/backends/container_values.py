"""What a container gets, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.backends.docker_arguments import DockerArguments

CODE = "/mlflow/projects/code"
HOME = "/mlflow/home"
INPUTS = "/mlflow/inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindMount:
    """A file or directory of this machine in the container; copied where the engine does not see it."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container: `image` is an id, `command` shell text, `environ` all that is set in it beside the image's own.

    `code` is the project's directory, and `baked` tells whether the image has it. `volumes` are the project's, as
    `docker run -v` takes them. `memory` and `shm_size` are in bytes, `gpus` is `all`, a number or `device=0,1`.
    `gateway` is the address that this machine has in the engine's network, None if only the engine knows it.
    `arguments` are the user's own and win. `owner` is the process that looks after it, as a label holds it.
    """

    image: str
    code: Path
    environ: Mapping[str, str] = field(repr=False)
    baked: bool = False
    inputs: tuple[BindMount, ...] = ()
    volumes: tuple[str, ...] = ()
    user: str | None = None
    network: str | None = None
    gpus: str | None = None
    shm_size: int | None = None
    memory: int | None = None
    cpus: float | None = None
    platform: str | None = None
    owner: str = ""
    gateway: str | None = None
    arguments: DockerArguments = field(default_factory=DockerArguments)
