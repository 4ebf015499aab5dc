"""What of two runs can be swapped to see whether it makes their difference. Pure."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mlproj.record.values import FileFact, RunRecord

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """A difference that can be swapped.

    `kind` is parameter, arguments, file, environment, variable, seed variable or input.
    """

    kind: str
    name: str

    @property
    def text(self) -> str:
        """As people read it."""
        return self.kind if self.name == self.kind else f"{self.kind} {self.name}"


def swaps_between(before: RunRecord, after: RunRecord, files: Sequence[str]) -> tuple[Swap, ...]:
    """What can be swapped, the likeliest cause first; `files` are those of the code that differ."""
    found = [Swap(kind="parameter", name=name) for name in _differing(before.parameters, after.parameters)]
    if before.arguments != after.arguments:
        found.append(Swap(kind="arguments", name="arguments"))
    found += [Swap(kind="file", name=name) for name in files]
    ours, theirs = before.environment, after.environment
    if ours is not None and theirs is not None and (ours.lock_hash, ours.python) != (theirs.lock_hash, theirs.python):
        found.append(Swap(kind="environment", name="environment"))
    found += [Swap(kind="variable", name=name) for name in _differing(before.variables, after.variables)]
    seeds = _differing(before.seed_variables, after.seed_variables)
    found += [Swap(kind="seed variable", name=name) for name in seeds]
    parameters = {swap.name for swap in found if swap.kind == "parameter"}
    inputs = [name for name in _differing(before.inputs, after.inputs) if not _names(name, parameters)]
    return (*found, *(Swap(kind="input", name=name) for name in inputs if not _is_code(name, before, after, files)))


def swapped(before: RunRecord, after: RunRecord, swaps: Sequence[Swap]) -> RunRecord:
    """The first record with what is swapped as in the second; files are swapped in the checkout."""

    def mixed(kind: str, ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> dict[str, Value]:
        names = {swap.name for swap in swaps if swap.kind == kind}
        kept = {name: value for name, value in ours.items() if name not in names}
        return kept | {name: theirs[name] for name in names if name in theirs}

    kinds = {swap.kind for swap in swaps}
    parameters = {swap.name for swap in swaps if swap.kind == "parameter"}
    moved = {name for name in before.inputs.keys() | after.inputs.keys() if _names(name, parameters)}
    inputs = mixed("input", before.inputs, after.inputs)
    return replace(
        before,
        inputs={name: one for name, one in inputs.items() if name not in moved}
        | {name: after.inputs[name] for name in moved if name in after.inputs},
        parameters=mixed("parameter", before.parameters, after.parameters),
        arguments=after.arguments if "arguments" in kinds else before.arguments,
        environment=after.environment if "environment" in kinds else before.environment,
        variables=mixed("variable", before.variables, after.variables),
        seed_variables=mixed("seed variable", before.seed_variables, after.seed_variables),
    )


def _names(declared: str, parameters: Container[str]) -> bool:
    """Whether an input is where one of the parameters says."""
    return any(name in parameters for name in re.findall(r"\{(.+?)\}", declared))


def _is_code(declared: str, before: RunRecord, after: RunRecord, files: Sequence[str]) -> bool:
    """Whether what differs of an input are files of the code, which are swapped as such."""
    old, new = (
        {file.path: file for file in one.inputs[declared].files} if declared in one.inputs else {}
        for one in (before, after)
    )
    place = before.source.subdirectory
    paths = [f"{place}/{path}" if place else path for path in _differing(old, new)]
    return bool(paths) and all(path in files for path in paths)


def _files(record: RunRecord, declared: str) -> dict[str, FileFact]:
    found = record.inputs.get(declared)
    return {} if found is None else {file.path: file for file in found.files}


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
