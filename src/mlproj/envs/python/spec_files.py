"""The files of a Python environment: requirements.txt, python_env.yaml, pyproject.toml, pylock.toml."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlproj.envs.fingerprints import content_hash, metadata_hash
from mlproj.envs.python.pylock import check_pylock
from mlproj.envs.python.pyproject import read_pyproject
from mlproj.envs.python.python_env import read_python_env
from mlproj.envs.python.requirements import Kind, Requirement, Requirements, Scope, read_requirements
from mlproj.envs.urls import without_credentials
from mlproj.envs.values import EnvSpec
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvDeclaration, EnvKind

_GENERATION = 1
"""Part of every hash: raise it when the same files come to mean something else."""


def read_spec(declared: EnvDeclaration, *, root: Path, environ: Mapping[str, str]) -> EnvSpec:
    """Read the files that a declared Python environment consists of."""
    scope = Scope(root=root, environ=environ)
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
