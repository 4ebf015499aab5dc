"""`resources` of an entry point as values: what a container is given, and what is recorded elsewhere. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlproj.project.quantities import as_cpus, as_gpus, as_memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """`cpus` may be a fraction, `memory` is in bytes, `gpus` is `all`, a number or `device=0,1`; None: not given."""

    cpus: float | None = None
    memory: int | None = None
    gpus: str | None = None


def read_resources(additions: Mapping[str, object]) -> Resources:
    """The resources among an entry point's additions; a value that makes no sense counts as not asked for."""
    given = additions.get("resources")
    if not isinstance(given, Mapping):
        return Resources()
    return Resources(
        cpus=as_cpus(given.get("cpus")), memory=as_memory(given.get("memory")), gpus=as_gpus(given.get("gpus"))
    )
