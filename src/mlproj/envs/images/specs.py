"""From a `docker_env` to a specification: what can be seen to be wrong without an engine is named here."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from mlproj.envs import lockfile
from mlproj.envs.values import EnvSpec, ImageRequest
from mlproj.errors import EnvironmentSpecError
from mlproj.project.docker_env import DockerEnv, ImageBuild, read_docker_env
from mlproj.project.model import EnvKind, Project

_GENERATION = 1


def image_spec(project: Project, *, asked: str | None, environ: Mapping[str, str], check_locks: bool = True) -> EnvSpec:
    """The specification of a project's image. Raises EnvironmentSpecError."""
    where = f"{project.file or project.root}: docker_env"
    docker = read_docker_env(project.environment.docker)
    if docker.image is None and docker.build is None:
        raise EnvironmentSpecError("names no image", where=where, hint="write 'image: NAME'")
    missing = [name for name, value in docker.environment if value is None and name not in environ]
    if missing and check_locks:
        pairs = any("=" in name for name in missing)
        raise EnvironmentSpecError(
            f"expects variables that are not set: {', '.join(missing)}",
            where=where,
            hint='write ["NAME", "value"] to define one' if pairs else "set them where you run mlproj",
        )
    if docker.build is not None:
        _check_build(docker.build, project.root, where)
    if check_locks:
        lockfile.read_locks(project.root / lockfile.NAME, origin="project")
    ignored = asked not in {None, "docker"}
    return EnvSpec(
        kind=EnvKind.DOCKER,
        manager="docker",
        root=project.root,
        file=project.file,
        hash=_hash(docker),
        image=ImageRequest(env=docker, project=project.name),
        warnings=(f"docker_env wins over the env manager {asked}",) if ignored else (),
    )


def context_of(build: ImageBuild, root: Path) -> Path:
    """The directory that is sent to the builder."""
    return (root / build.context).resolve()


def dockerfile_of(build: ImageBuild, root: Path) -> Path:
    """The Dockerfile, which may lie outside the context."""
    if build.dockerfile is None:
        return context_of(build, root) / "Dockerfile"
    beside = root / build.dockerfile
    return beside if beside.is_file() else context_of(build, root) / build.dockerfile


def _check_build(build: ImageBuild, root: Path, where: str) -> None:
    if not context_of(build, root).is_dir():
        raise EnvironmentSpecError(
            f"the build context {build.context!r} is no directory of the project", where=where, hint="correct 'context'"
        )
    if not dockerfile_of(build, root).is_file():
        raise EnvironmentSpecError(
            f"there is no {build.dockerfile or 'Dockerfile'} to build from", where=where, hint="correct 'dockerfile'"
        )


def _hash(docker: DockerEnv) -> str:
    """Of what decides about the image; what its containers get does not."""
    parts = {
        "generation": _GENERATION,
        "image": docker.image,
        "platform": docker.platform,
        "build": None if docker.build is None else asdict(docker.build),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
