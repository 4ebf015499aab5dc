"""The seed of a run, and the variables by which programs learn of it. Pure."""

from collections.abc import Mapping

from mlproj.errors import ParameterError
from mlproj.project.declarations import GREATEST_SEED
from mlproj.project.model import Binding

INSIDE = "MLPROJ_RUN_ID"
"""Set where we are started by a run of ours: what is set there is that run's, not the user's."""


def find_seed(binding: Binding) -> int | None:
    """The declared seed, or the value of the parameter that it names. Raises ParameterError if that cannot be one."""
    seed = binding.entry_point.seed
    if not isinstance(seed, str):
        return seed
    value = next((one.value for one in binding.parameters if one.name == seed), "")
    if not value.strip().isdecimal() or int(value) > GREATEST_SEED:
        raise ParameterError(f"parameter {seed!r} is the seed: {value[:40]!r} is not from 0 to {GREATEST_SEED}")
    return int(value)


def seed_variables(seed: int | None, caller: Mapping[str, str]) -> dict[str, str]:
    """What a command with a seed gets; what the user has set already wins."""
    if seed is None:
        return {}
    ours = {
        "MLPROJ_SEED": str(seed),
        "PYTHONHASHSEED": str(seed),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "TF_DETERMINISTIC_OPS": "1",
    }
    if INSIDE in caller:
        return ours
    return {name: caller.get(name, value) for name, value in ours.items()}
