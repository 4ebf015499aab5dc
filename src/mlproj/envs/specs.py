"""From what a project declares to what is asked for: the manager chosen, the files read, every mistake named."""

from dataclasses import replace

from mlproj.config import Settings
from mlproj.envs.values import EnvSpec
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvKind, Project

MANAGERS = ("local", "virtualenv", "conda", "uv")


def spec_for(
    project: Project,
    *,
    env_manager: str | None,
    settings: Settings,
    in_place: bool = True,
    check_locks: bool = True,
) -> EnvSpec:
    """Choose the env manager and read the environment's files; nothing is resolved, no network is touched.

    `env_manager` wins over the setting, and both over what the project declares, except that docker_env always wins.
    `in_place` is false for a checkout of the run's own, `check_locks` where the project's lock is to be written anew.

    Raises EnvironmentSpecError, with file and line, for every mistake in those files, and for a lock of the project's
    that cannot be read.
    """
    asked = env_manager or settings.env_manager
    if asked is not None and asked not in MANAGERS:
        raise EnvironmentSpecError(f"no such env manager: {asked!r}", hint=f"one of {', '.join(MANAGERS)}")
    declared = project.environment
    if declared.kind is EnvKind.DOCKER:
        from mlproj.envs.images.specs import image_spec

        return image_spec(project, asked=asked, environ=settings.environ, check_locks=check_locks)
    if asked == "local":
        return EnvSpec(kind=declared.kind, manager="local", root=project.root, file=declared.file)
    if declared.kind is EnvKind.LOCAL:
        return _nothing_declared(project, asked)
    if asked == "conda" and declared.kind is not EnvKind.CONDA:
        raise EnvironmentSpecError(
            "a Python environment cannot be built with the env manager conda",
            where=str(declared.file),
            hint="use --env-manager virtualenv",
        )
    spec = replace(_read(project, asked, settings), in_place=in_place)
    if check_locks:
        from mlproj.envs import own_locks

        own_locks.check_locks(spec)
    return spec


def _read(project: Project, asked: str | None, settings: Settings) -> EnvSpec:
    declared = project.environment
    if declared.kind is not EnvKind.CONDA:
        from mlproj.envs.python.spec_files import read_spec

        return read_spec(declared, root=project.root, environ=settings.environ)
    from mlproj.envs.conda.spec import conda_spec

    if declared.file is None:
        raise EnvironmentSpecError("names no file", where=_where(project, "conda_env"), hint="as in conda.yaml")
    manager = "conda" if asked in {None, "conda"} else "virtualenv"
    return conda_spec(declared.file, root=project.root, manager=manager, settings=settings)


def _where(project: Project, key: str) -> str:
    return f"{project.file or project.root}: {key}"


def _nothing_declared(project: Project, asked: str | None) -> EnvSpec:
    ignored = f"; --env-manager {asked} has nothing to build" if asked else ""
    remark = f"the project declares no environment: it runs in yours, which is not locked{ignored}"
    return EnvSpec(kind=EnvKind.LOCAL, manager="local", root=project.root, warnings=(remark,))
