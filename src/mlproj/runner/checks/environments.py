"""What a project's environment leaves open: locks, pins and images. Nothing is resolved or fetched."""

import re
from collections.abc import Iterator
from dataclasses import replace

from mlproj.config import Settings
from mlproj.envs import lockfile
from mlproj.envs.images.specs import dockerfile_of
from mlproj.envs.platforms import this_platform
from mlproj.envs.specs import spec_for
from mlproj.envs.values import EnvSpec, Lock
from mlproj.errors import MlprojError
from mlproj.project.docker_env import DockerEnv
from mlproj.project.model import EnvKind, Project
from mlproj.runner.checks.findings import Check, Finding

_NAMED = 3
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE | re.MULTILINE)
_CONDA_PIN = re.compile(r"^(?:\S+::)?[\w.-]+\s*=+\s*[^\s*=]")


def check_environment(project: Project, *, settings: Settings) -> Iterator[Finding]:
    """Locks, pins and images."""
    if project.environment.kind is EnvKind.LOCAL:
        yield Finding(
            check=Check.ENVIRONMENT,
            message="the project declares no environment, so it runs in whatever the caller has",
            fix="write a python_env.yaml, or name a requirements.txt or pyproject.toml in python_env",
        )
        return
    docker = project.environment.kind is EnvKind.DOCKER
    try:
        spec = spec_for(project, env_manager=None, settings=replace(settings, env_manager=None), check_locks=not docker)
        locks = lockfile.read_locks(project.root / lockfile.NAME, origin="project")
    except MlprojError as error:
        yield Finding(check=Check.ENVIRONMENT, message=error.message, fix=error.hint or "repair the file")
        return
    fresh = [lock for lock in locks if _is_of(lock, spec)]
    if spec.image is not None:
        yield from _check_image(spec, spec.image.env, locked=bool(fresh))
        return
    yield from _check_python(spec, locked=bool(fresh))
    if not fresh and spec.lock_file is None:
        yield _unlocked(spec, locks)


def _is_of(lock: Lock, spec: EnvSpec) -> bool:
    if (lock.kind, lock.spec_hash) != (spec.kind, spec.hash):
        return False
    return spec.image is not None or lock.platform == this_platform()


def _name(spec: EnvSpec) -> str:
    return spec.file.name if spec.file else "the environment"


def _check_python(spec: EnvSpec, *, locked: bool) -> Iterator[Finding]:
    if locked:
        return
    if spec.kind is EnvKind.PYTHON and spec.python is None:
        fix = "write python: '3.11' (what you use) into python_env.yaml"
    elif spec.manager == "conda" and not any(re.match(r"(?:\S+::)?python\s*=+\s*\d", text) for text in spec.packages):
        fix = "write python=3.11 (what you use) into its dependencies"
    else:
        return
    yield Finding(
        check=Check.PYTHON,
        message=f"{_name(spec)} pins no Python version",
        fix=fix,
        subject=None if spec.file is None else str(spec.file),
    )


def _unlocked(spec: EnvSpec, locks: tuple[Lock, ...]) -> Finding:
    """What is not locked, or no longer."""
    name = _name(spec)
    same = [lock for lock in locks if lock.kind is spec.kind]
    if any(lock.platform == this_platform() for lock in same):
        message = f"{lockfile.NAME} is stale: it locks what {name} asked for earlier"
    elif same:
        message = f"{lockfile.NAME} has no lock for {this_platform()}"
    else:
        loose = [line for line in spec.requirements if "==" not in line and "@" not in line]
        loose += [line for line in spec.packages if not _CONDA_PIN.match(line)]
        said = f" ({', '.join(loose[:_NAMED])}{', ...' * (len(loose) > _NAMED)} without a version)" if loose else ""
        message = f"what {name} asks for is not locked{said}"
    return Finding(check=Check.LOCK, message=message, fix="run 'mlproj lock', commit the file")


def _check_image(spec: EnvSpec, docker: DockerEnv, *, locked: bool) -> Iterator[Finding]:
    if docker.build is not None:
        file = dockerfile_of(docker.build, spec.root)
        try:
            bases = _base_images(file.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return
        for image in bases:
            yield _floating(image, f"{file.name} builds on {image}, which", "write FROM IMAGE@sha256:DIGEST")
    elif docker.image is not None and not locked and "@sha256:" not in docker.image:
        fix = "run 'mlproj lock', or write IMAGE@sha256:DIGEST"
        yield _floating(docker.image, f"the image {docker.image}", fix)
    for volume in docker.volumes:
        source = volume.partition(":")[0]
        if source.startswith(("/", "~", "$HOME", "${HOME}")):
            yield Finding(
                check=Check.ABSOLUTE_PATH,
                message=f"the volume {source} is of this machine, and others may not have it",
                fix="make it a parameter of type path, or relative to the project",
            )


def _base_images(text: str) -> list[str]:
    """What a Dockerfile starts from by a name that can move; what an argument names is not known here."""
    found = list(_FROM.finditer(text))
    stages = {match["stage"] for match in found}
    names = dict.fromkeys(match["image"] for match in found)
    return [name for name in names if name not in stages and name != "scratch" and not re.search(r"@sha256:|\$", name)]


def _floating(image: str, said: str, fix: str) -> Finding:
    tag = image.rpartition("/")[2].partition(":")[2]
    state = f"is a tag ({tag}) that can be moved" if tag else "has no tag"
    return Finding(check=Check.IMAGE, message=f"{said} {state}", fix=fix)
