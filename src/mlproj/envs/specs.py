"""From what a project declares to what is asked for: the manager chosen, the files read, every mistake named."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.fingerprints import content_hash, metadata_hash
from mlproj.envs.pylock import check_pylock
from mlproj.envs.pyproject import read_pyproject
from mlproj.envs.python_env import read_python_env
from mlproj.envs.requirements import Kind, Requirement, Requirements, Scope, read_requirements
from mlproj.envs.urls import without_credentials
from mlproj.envs.values import EnvSpec
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvDeclaration, EnvKind, Project

MANAGERS = ("local", "virtualenv", "conda", "uv")
_GENERATION = 1
"""Part of every hash: raise it when the same files come to mean something else."""


def spec_for(project: Project, *, env_manager: str | None, settings: Settings, in_place: bool = True) -> EnvSpec:
    """Choose the env manager and read the environment's files; nothing is resolved, no network is touched.

    `env_manager` wins over the setting, and both over what the project declares, except that docker_env always wins.
    `in_place` is false for a checkout of the run's own.

    Raises EnvironmentSpecError, with file and line, for every mistake in those files.
    """
    asked = env_manager or settings.env_manager
    if asked is not None and asked not in MANAGERS:
        raise EnvironmentSpecError(f"no such env manager: {asked!r}", hint=f"one of {', '.join(MANAGERS)}")
    declared = project.environment
    if declared.kind is EnvKind.DOCKER:
        wins = f"docker_env wins over the env manager {asked}, and " if asked else ""
        raise EnvironmentSpecError(
            f"{wins}Docker environments are not there yet in this version of mlproj",
            where=_where(project, "docker_env"),
        )
    if asked == "local":
        return EnvSpec(kind=declared.kind, manager="local", root=project.root, file=declared.file)
    if declared.kind is EnvKind.CONDA:
        raise EnvironmentSpecError(
            "conda environments are not there yet in this version of mlproj",
            where=str(declared.file or _where(project, "conda_env")),
            hint="use --env-manager local in a conda environment of your own, or write a python_env.yaml",
        )
    if declared.kind is EnvKind.LOCAL:
        return _nothing_declared(project, asked)
    if asked == "conda":
        raise EnvironmentSpecError(
            "a Python environment cannot be built with the env manager conda",
            where=str(declared.file),
            hint="use --env-manager virtualenv",
        )
    return replace(_read(declared, Scope(root=project.root, environ=settings.environ)), in_place=in_place)


def _where(project: Project, key: str) -> str:
    return f"{project.file or project.root}: {key}"


def _nothing_declared(project: Project, asked: str | None) -> EnvSpec:
    ignored = f"; --env-manager {asked} has nothing to build" if asked else ""
    remark = f"the project declares no environment: it runs in yours, which is not locked{ignored}"
    return EnvSpec(kind=EnvKind.LOCAL, manager="local", root=project.root, warnings=(remark,))


def _read(declared: EnvDeclaration, scope: Scope) -> EnvSpec:
    file = declared.file
    if file is None:
        raise EnvironmentSpecError("the project declares a Python environment and names no file", where=str(scope.root))
    name = file.name.lower()
    if name == "pyproject.toml":
        return _from_pyproject(file, scope)
    if name == "uv.lock":
        return _from_pyproject(file.with_name("pyproject.toml"), scope)
    if name.endswith(".toml"):
        python = check_pylock(file)
        return _finish(root=scope.root, file=file, python=python, asked=Requirements(), lock_file=file)
    if name.endswith((".txt", ".in")):
        return _finish(root=scope.root, file=file, asked=read_requirements(file, scope))
    found = read_python_env(file, scope)
    return _finish(
        root=scope.root, file=file, python=found.python, asked=found.run, build=found.build, warnings=found.warnings
    )


def _from_pyproject(file: Path, scope: Scope) -> EnvSpec:
    found = read_pyproject(file, scope)
    lock_file = file.with_name("uv.lock")
    return _finish(
        root=scope.root,
        file=file,
        python=found.python,
        asked=found.requirements,
        lock_file=lock_file if lock_file.is_file() else None,
        groups=found.groups,
        extra={"pyproject": content_hash(file)},
    )


def _finish(
    *,
    root: Path,
    file: Path,
    asked: Requirements,
    build: Requirements | None = None,
    python: str | None = None,
    lock_file: Path | None = None,
    groups: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    extra: Mapping[str, str] | None = None,
) -> EnvSpec:
    build = build or Requirements()
    parts = {
        "generation": _GENERATION,
        "python": python,
        "requirements": _hashable(asked.requirements),
        "build": _hashable(build.requirements),
        "constraints": _hashable(asked.constraints + build.constraints),
        "options": [without_credentials(option) for option in build.options + asked.options],
        "lock": content_hash(lock_file) if lock_file else None,
        "groups": groups,
        **(extra or {}),
    }
    return EnvSpec(
        kind=EnvKind.PYTHON,
        manager="virtualenv",
        root=root,
        file=file,
        python=python,
        requirements=tuple(requirement.line for requirement in asked.requirements),
        build_requirements=tuple(requirement.line for requirement in build.requirements),
        constraints=tuple(requirement.line for requirement in asked.constraints + build.constraints),
        options=build.options + asked.options,
        lock_file=lock_file,
        groups=groups,
        warnings=warnings,
        hash=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
    )


def _hashable(requirements: Iterable[Requirement]) -> list[str]:
    """Each line, and for a local package what its dependencies are made from."""
    lines = []
    for requirement in requirements:
        metadata = f" {metadata_hash(requirement.path)}" if requirement.kind is Kind.LOCAL and requirement.path else ""
        lines.append(without_credentials(requirement.line) + metadata)
    return lines
