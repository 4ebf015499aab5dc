"""What an entry point does not declare, and what its command reaches for."""

import re
from collections.abc import Iterator
from pathlib import Path

from mlproj.project.declarations import is_glob, is_url
from mlproj.project.model import EntryPoint, ParameterType
from mlproj.runner.checks.command_words import Gets, absolute_paths, network_uses
from mlproj.runner.checks.findings import Check, Finding

_SEED = re.compile(r"(?:random|rng|np|torch)?[-_]?seed|random[-_]?state", re.IGNORECASE)
_INSTEAD = {
    Gets.FILES: "declare the file in inputs with its sha256",
    Gets.PACKAGES: "declare the packages in the environment, which is locked",
}


def check_entry_point(entry: EntryPoint, root: Path, *, contained: bool = False) -> Iterator[Finding]:
    """Every finding of one. In a container (`contained`) absolute paths are the image's, and the same everywhere."""
    if not contained:
        yield from _check_paths(entry)
    yield from _check_network(entry)
    yield from _check_inputs(entry, root)
    if entry.seed is None:
        named = _seed_parameter(entry)
        fix = f"write seed: {named}" if named else "write seed: 0, and have the program use MLPROJ_SEED"
        yield _finding(entry, Check.SEED, "no seed is declared", fix, subject=named)
    if not (entry.outputs or entry.metrics or entry.metrics_files):
        yield _finding(
            entry,
            Check.OUTPUTS,
            "neither outputs nor metrics are declared, so there is little to compare",
            "declare outputs: [PATH, ...] or metrics: [NAME, ...]",
        )


def _check_paths(entry: EntryPoint) -> Iterator[Finding]:
    for path in absolute_paths(entry.command or ""):
        yield _finding(
            entry,
            Check.ABSOLUTE_PATH,
            f"the command names {path}, which other machines may not have",
            "make it a parameter of type path, or relative to the project",
        )
    for parameter in entry.parameters:
        for path in absolute_paths(parameter.default or "")[:1]:
            yield _finding(
                entry,
                Check.ABSOLUTE_PATH,
                f"the default of {parameter.name} is {path}, which other machines may not have",
                "make it relative to the project, or leave the default out",
            )


def _check_network(entry: EntryPoint) -> Iterator[Finding]:
    for use in network_uses(entry.command or ""):
        yield _finding(
            entry,
            Check.NETWORK,
            f"the command uses the network ({use.text}): what it gets may change",
            _INSTEAD[use.gets],
        )


def _check_inputs(entry: EntryPoint, root: Path) -> Iterator[Finding]:
    for one in entry.inputs:
        if one.sha256 is not None or is_glob(one.path) or "{" in one.path or (root / one.path).is_dir():
            continue
        yield _finding(
            entry,
            Check.INPUT_HASH,
            f"the input {one.path} has no sha256",
            "write it as {path: ..., sha256: ...}",
            subject=None if is_url(one.path) else one.path,
        )


def _seed_parameter(entry: EntryPoint) -> str | None:
    """The parameter that is a seed already, by its name."""
    whole = (one for one in entry.parameters if one.type is ParameterType.INT or (one.default or "").isdecimal())
    return next((one.name for one in whole if _SEED.fullmatch(one.name)), None)


def _finding(entry: EntryPoint, check: Check, message: str, fix: str, *, subject: str | None = None) -> Finding:
    return Finding(check=check, message=message, fix=fix, entry_point=entry.name, subject=subject)
