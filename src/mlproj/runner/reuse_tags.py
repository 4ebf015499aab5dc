"""The tags by which a run that ended well is found again, if nothing that it depends on has changed. Pure."""

from mlproj.project.model import ParameterType
from mlproj.record.reuse_key import reuse_key
from mlproj.record.values import RunRecord
from mlproj.runner import tags
from mlproj.runner.values import Prepared


def key_tags(prepared: Prepared, record: RunRecord) -> dict[str, str]:
    """The tags by which a run that ended well is found again."""
    key = None if uncovered(prepared) else reuse_key(record)
    return {} if key is None else {tags.REUSE_KEY: key.hash, tags.REUSE_PARTS: key.to_tag()}


def uncovered(prepared: Prepared) -> str | None:
    """Why no key can be made: a path parameter whose content is neither code nor a declared input."""
    if prepared.facts is None:
        return "the code was not hashed"
    files = {str(prepared.checkout.top / file.path) for file in prepared.facts.tree.files}
    declared = " ".join(one.path for one in prepared.binding.entry_point.inputs)
    for parameter in prepared.binding.parameters:
        if parameter.type is ParameterType.PATH and f"{{{parameter.name}}}" not in declared:
            place = prepared.place.get(parameter.name)
            if place is None or not (place in files or any(file.startswith(f"{place}/") for file in files)):
                return (
                    f"the content of the path parameter {parameter.name!r} is not hashed"
                    f' (declare it: inputs: ["{{{parameter.name}}}"])'
                )
    return None
