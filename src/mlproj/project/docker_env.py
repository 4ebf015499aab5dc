"""`docker_env` as values, for those that build and run containers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlproj.project.quantities import as_gpus, as_memory


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBuild:
    """How an image is made: paths are relative to the project; without `dockerfile` it is the context's."""

    context: str = "."
    dockerfile: str | None = None
    args: Mapping[str, str] = field(default_factory=dict, repr=False)
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerEnv:
    """The image of a project and what its containers get.

    `image` is None only where there is a `build`. `environment` holds pairs of a name and its value, None where the
    caller's is copied. `shm_size` is in bytes, `gpus` is `all`, a number or `device=0,1`.
    """

    image: str | None
    volumes: tuple[str, ...] = ()
    environment: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)
    build: ImageBuild | None = None
    gpus: str | None = None
    shm_size: int | None = None
    network: str | None = None
    user: str | None = None
    platform: str | None = None


def read_docker_env(mapping: Mapping[str, object]) -> DockerEnv:
    """A `docker_env` in which nothing is wrong (`check_docker` says what would be)."""
    return DockerEnv(
        image=_text(mapping.get("image")),
        volumes=tuple(str(part) for part in _list(mapping.get("volumes"))),
        environment=tuple(_variable(part) for part in _list(mapping.get("environment"))),
        build=_build(mapping.get("build")),
        gpus=as_gpus(mapping.get("gpus")),
        shm_size=as_memory(mapping.get("shm_size")),
        network=_text(mapping.get("network")),
        user=_text(mapping.get("user")),
        platform=_text(mapping.get("platform")),
    )


def _build(value: object) -> ImageBuild | None:
    if isinstance(value, str):
        return ImageBuild(context=value)
    if not isinstance(value, Mapping) or not value:
        return None
    args = value.get("args")
    return ImageBuild(
        context=_text(value.get("context")) or ".",
        dockerfile=_text(value.get("dockerfile")),
        args={str(name): "" if given is None else str(given) for name, given in args.items()}
        if isinstance(args, Mapping)
        else {},
        target=_text(value.get("target")),
    )


def _variable(part: object) -> tuple[str, str | None]:
    if isinstance(part, list):
        name, value = part
        return str(name), str(value)
    return str(part), None


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value).strip()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
