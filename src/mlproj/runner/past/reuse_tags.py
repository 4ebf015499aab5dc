"""The tags by which a run that ended well is found again, if nothing that it depends on has changed."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlproj.project.model import ParameterType
from mlproj.record.reuse_key import reuse_key
from mlproj.record.values import RunRecord
from mlproj.runner import tags
from mlproj.runner.past.covering import LINK, is_covered, modes_of
from mlproj.runner.recording.path_inputs import undeclared_name
from mlproj.runner.values import Facts, Prepared


def key_tags(prepared: Prepared, record: RunRecord) -> dict[str, str]:
    """The tags by which a run that ended well is found again."""
    key = None if uncovered(prepared) else reuse_key(record)
    return {} if key is None else {tags.REUSE_KEY: key.hash, tags.REUSE_PARTS: key.to_tag()}


def uncovered(prepared: Prepared) -> str | None:
    """Why no key can be made: content that a run may read is neither code nor a declared input."""
    if prepared.facts is None:
        return "the code was not hashed"
    if prepared.facts.tree.unreadable:
        return f"{prepared.facts.tree.unreadable[0].path} cannot be read"
    modes = modes_of(prepared.facts.tree)
    declared = " ".join(one.path for one in prepared.binding.entry_point.inputs)
    for parameter in prepared.binding.parameters:
        if parameter.type is ParameterType.PATH and f"{{{parameter.name}}}" not in declared:
            place = prepared.place.get(parameter.name)
            known = prepared.facts.inputs.get(undeclared_name(parameter.name))
            if known is not None and known.sha256 is not None:
                continue
            if place is None or not is_covered(place, modes, prepared.checkout):
                return (
                    f"the content of the path parameter {parameter.name!r} is not hashed"
                    f' (declare it: inputs: ["{{{parameter.name}}}"])'
                )
    if (reason := _uncovered_link(prepared, prepared.facts, modes)) is not None:
        return reason
    if prepared.spec.image is None:
        return None
    from mlproj.runner.past.reuse_containers import uncovered_container

    return uncovered_container(prepared)


def _uncovered_link(prepared: Prepared, facts: Facts, modes: Mapping[str, str]) -> str | None:
    """A link of the code to what is not code: the tree's hash knows only where it leads."""
    inputs = [os.path.normpath(prepared.project.root / path) for path in _input_paths(facts)]
    for link in [path for path, mode in modes.items() if mode == LINK]:
        target = str(Path(link).resolve())
        known = any(path == link or path.startswith(f"{link}/") for path in inputs)
        if not known and Path(target).exists() and not is_covered(target, modes, prepared.checkout):
            name = os.path.relpath(link, prepared.project.root)
            return f'the link {name} leads to what is not hashed (declare it: inputs: ["{name}"])'
    return None


def _input_paths(facts: Facts) -> Iterator[str]:
    yield from facts.inputs
    for record in facts.inputs.values():
        yield from (file.path for file in record.files)
