"""Hashes that a project's own files give: only files with those are trusted."""

import re

from mlproj.envs.python.installer import Task
from mlproj.envs.python.payloads import join, split
from mlproj.envs.python.requirements import Kind, Requirement, logical_lines, parse
from mlproj.errors import ResolveError


def with_given_hashes(task: Task, payload: str) -> str:
    """The payload with each requirement's hashes cut down to those that the project's files give for it.

    As in pip, one hash in the files (or `--require-hashes`) asks for one on everything. Raises ResolveError.
    """
    given = _given(task)
    required = "--require-hashes" in task.spec.options
    if not required and not any(requirement.hashes for requirement in given):
        return payload
    trusted: dict[str, set[str]] = {}
    for requirement in given:
        if requirement.name:
            trusted.setdefault(_key(requirement), set()).update(requirement.hashes)
    parts = split(payload, task.scope)
    from dataclasses import replace

    hashed = tuple(replace(part, hashes=_intersect(part, trusted, task)) for part in parts.hashed)
    return join((*hashed, *parts.rest))


def _given(task: Task) -> tuple[Requirement, ...]:
    file = task.spec.file or task.spec.root
    lines = "\n".join((*task.spec.build_requirements, *task.spec.requirements, *task.spec.constraints))
    return parse(logical_lines(lines, file), task.scope).requirements


def _intersect(part: Requirement, trusted: dict[str, set[str]], task: Task) -> tuple[str, ...]:
    where = str(task.spec.file or task.spec.root)
    hashes = trusted.get(_key(part), set())
    if not hashes and part.kind is Kind.INDEX:
        raise ResolveError(
            f"hashes are required, and {part.text} has none",
            where=where,
            hint=f"add {part.text} --hash=... to the file, or let mlproj lock the hashes and drop them all",
        )
    kept = tuple(value for value in part.hashes if value in hashes)
    if hashes and not kept:
        raise ResolveError(
            f"no file of {part.text} has a hash that the project gives for it",
            where=where,
            hint="the hashes in the file are wrong, or someone has changed the package",
        )
    return kept or part.hashes


def _key(requirement: Requirement) -> str:
    return re.sub(r"[-_.]+", "-", requirement.name or requirement.text).lower()
