"""A conda.yaml as a specification: for conda, or for a virtual environment where that is enough."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.conda.environment_yaml import CondaEnv, MatchLine, read_conda_env
from mlproj.envs.conda.programs import asked_program, find_program
from mlproj.envs.fingerprints import metadata_hash
from mlproj.envs.python.requirements import Kind, Requirement, Scope
from mlproj.envs.python.versions import check_request
from mlproj.envs.urls import without_credentials
from mlproj.envs.values import EnvSpec
from mlproj.errors import EnvironmentSpecError
from mlproj.project.model import EnvKind

_GENERATION = 1
"""Part of every hash: raise it when the same files come to mean something else."""
_SEEDS = frozenset({"pip", "setuptools", "wheel"})


def conda_spec(file: Path, *, root: Path, manager: str, settings: Settings) -> EnvSpec:
    """Read the file for `conda` or `virtualenv`.

    Raises EnvironmentSpecError for every mistake in it, for what a virtual environment cannot have, and for a conda
    program that is asked for and is not there.
    """
    found = read_conda_env(file, Scope(root=root, environ=settings.environ))
    spec = EnvSpec(
        kind=EnvKind.CONDA,
        manager=manager,
        root=root,
        file=file,
        requirements=tuple(asked.line for asked in found.pip.requirements),
        constraints=tuple(asked.line for asked in found.pip.constraints),
        options=found.pip.options,
        packages=tuple(line.text for line in found.packages),
        channels=found.channels,
        variables=found.variables,
        warnings=found.warnings,
        hash=_hash(found, manager),
    )
    if manager != "conda":
        return _for_virtualenv(spec, found.packages)
    if asked_program(settings) is not None:
        find_program(settings)
    return spec


def _hash(found: CondaEnv, manager: str) -> str:
    parts = {
        "generation": _GENERATION,
        "manager": manager,
        "channels": [without_credentials(name) for name in found.channels],
        "packages": [line.text for line in found.packages],
        "requirements": [_hashable(asked) for asked in found.pip.requirements],
        "constraints": [_hashable(asked) for asked in found.pip.constraints],
        "options": [without_credentials(option) for option in found.pip.options],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _hashable(asked: Requirement) -> str:
    metadata = f" {metadata_hash(asked.path)}" if asked.kind is Kind.LOCAL and asked.path else ""
    return without_credentials(asked.line) + metadata


def _for_virtualenv(spec: EnvSpec, packages: tuple[MatchLine, ...]) -> EnvSpec:
    """python becomes the version, pip and its like go in first; anything else only conda can install."""
    others = [line for line in packages if line.name not in _SEEDS | {"python"}]
    if others:
        names = ", ".join(dict.fromkeys(line.name for line in others[:5]))
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""  # noqa: PLR2004 - as many as are named
        raise EnvironmentSpecError(
            f"the env manager virtualenv cannot install conda packages: {names}{more}",
            where=others[0].where,
            hint="move them below `- pip:` if pip has them, or leave --env-manager out",
        )
    python = next((line for line in packages if line.name == "python"), None)
    build = [_as_requirement(line) for line in packages if line.name in _SEEDS]
    return replace(
        spec,
        kind=EnvKind.PYTHON,
        python=None if python is None else _python_request(python),
        build_requirements=tuple(build),
        packages=(),
        channels=(),
    )


def _version(line: MatchLine) -> str:
    """The version part as pip writes it: conda's `=1.2` means 1.2.*, its build string means nothing to pip."""
    bare = re.sub(r"^(\S+::)?[A-Za-z0-9_.-]+", "", line.text, count=1).strip()
    bare = re.sub(r"^(=?=?[^=,|]*[^=<>!~,| ])(\s+|=)[^=,|\s]*$", r"\1", bare) if re.search(r"\d(\s|=)", bare) else bare
    bare = bare.replace(" ", "")
    if "|" in bare or "[" in bare:
        raise EnvironmentSpecError(
            f"the env manager virtualenv cannot read {line.text!r}", where=line.where, hint="write it as name>=1,<2"
        )
    if re.fullmatch(r"=[^=].*", bare):
        return f"=={bare[1:].rstrip('*').rstrip('.')}.*"
    return bare if not bare or bare[0] in "=<>!~" else f"=={bare}"


def _as_requirement(line: MatchLine) -> str:
    return f"{line.name}{_version(line)}"


def _python_request(line: MatchLine) -> str | None:
    """`=3.11` and `==3.11.*` as 3.11, which is how interpreters are asked for."""
    version = _version(line)
    plain = re.fullmatch(r"==(\d+(\.\d+){0,2})(\.\*)?", version)
    return check_request(plain[1] if plain else version, where=line.where)
