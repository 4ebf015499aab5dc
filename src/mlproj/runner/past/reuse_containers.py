"""What of a container's surroundings no key has: reuse is not asked for results that may depend on it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mlproj.backends.docker_arguments import long_name
from mlproj.envs.values import ImageRequest
from mlproj.runner.containers.places import expand_volumes
from mlproj.runner.values import Prepared

NO_MATTER = frozenset(
    {
        *("cpu-period", "cpu-quota", "cpu-shares", "cpus", "cpuset-cpus", "cpuset-mems"),
        *("memory", "memory-reservation", "memory-swap", "memory-swappiness", "shm-size", "gpus"),
        *("oom-kill-disable", "oom-score-adj", "pids-limit", "ulimit", "init", "interactive", "tty", "rm"),
        *("name", "label", "hostname", "network", "publish", "stop-signal"),
    }
)
"""Options of `docker run` that say how much a container may take and what it is called, not what it reads."""


def uncovered_container(prepared: Prepared) -> str | None:
    """Why a run in a container has no key; None if it has, or runs in none."""
    image = prepared.spec.image
    if image is None:
        return None
    return next(_reasons(prepared, image), None)


def _reasons(prepared: Prepared, image: ImageRequest) -> Iterator[str]:
    declared = prepared.binding.entry_point.variables
    for name, value in image.env.environment:
        if value is None and name not in declared:
            advice = f"declare it: variables: [{name}]"
            yield f"the variable {name}, which the container gets, is not part of the key ({advice})"
    root, environ = prepared.project.root, prepared.settings.environ
    inputs = [Path(path) for path in _input_places(prepared)]
    for volume in expand_volumes(image.env.volumes, root=root, environ=environ):
        if not _is_declared(volume, inputs):
            source = volume.partition(":")[0]
            yield f"the content of the volume {source} is not hashed (declare what is read of it as inputs)"
    yield from _options(prepared.request.docker_args)


def _options(given: Mapping[str, object]) -> Iterator[str]:
    for name in given:
        if long_name(name) not in NO_MATTER:
            yield f"the container option -A {name} is not part of the key (what the project's file says is)"


def _input_places(prepared: Prepared) -> Iterator[str]:
    facts = prepared.facts
    inputs = {} if facts is None else facts.inputs
    for declared, record in inputs.items():
        for path in (declared, *(file.path for file in record.files)):
            yield os.path.normpath(prepared.project.root / path)


def _is_declared(volume: str, inputs: Iterable[Path]) -> bool:
    """Whether an input lies in the directory of this machine that a volume is, or is it."""
    source = Path(volume.partition(":")[0])
    return source.is_absolute() and any(path.is_relative_to(source) for path in inputs)
