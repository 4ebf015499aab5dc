"""A lock's payload in the format `requirements`: the hashed set, and what cannot have a hash."""

import re
from dataclasses import dataclass
from pathlib import Path

from mlproj.envs.python.requirements import Kind, Requirement, Scope, logical_lines, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`hashed` is installed first, with every hash checked; `rest` are local packages and repositories."""

    hashed: tuple[Requirement, ...]
    rest: tuple[Requirement, ...]


def split(payload: str, scope: Scope) -> Parts:
    """Take a payload apart."""
    found = parse(logical_lines(payload, Path("lock")), scope).requirements
    return Parts(
        hashed=tuple(requirement for requirement in found if requirement.hashes),
        rest=tuple(requirement for requirement in found if not requirement.hashes),
    )


def local_parts(payload: str, scope: Scope) -> tuple[Requirement, ...]:
    """The local packages of a payload; cheap where there are none."""
    lines = [line for line in logical_lines(payload, Path("lock")) if line.text.startswith(("-e ", ".", "/"))]
    found = parse(lines, scope).requirements
    return tuple(requirement for requirement in found if requirement.kind is Kind.LOCAL)


def without_editables(payload: str) -> str:
    """The same packages, installed as copies: a checkout that is removed after its run cannot be linked to."""
    return re.sub(r"(?m)^-e ", "", payload)


def join(requirements: tuple[Requirement, ...]) -> str:
    """Write requirements as a payload, one hash a line, as uv does."""
    lines = []
    for requirement in requirements:
        head = f"-e {requirement.text}" if requirement.editable else requirement.text
        hashes = "".join(f" \\\n    --hash={value}" for value in requirement.hashes)
        lines.append(f"{head}{hashes}\n")
    return "".join(lines)
