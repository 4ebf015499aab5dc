"""From a container as asked for to one that the engine has made; it does not run yet."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlproj.backends.base import Job
from mlproj.backends.container_values import CODE, HOME, Container
from mlproj.errors import BackendError
from mlproj.system.container_engine import explanation

RUN_LABEL, OWNER_LABEL, DIRECTORY_LABEL = "mlproj.run", "mlproj.owner", "mlproj.directory"
GATEWAY_NAME = "host.docker.internal"
SHELL = (
    "trap : INT TERM HUP; "
    'if command -v bash >/dev/null 2>&1; then bash -c "$0"; else sh -c "$0"; fi; '
    'code=$?; exit "$code"'
)
"""Stands between the container's first process, which the kernel shields from signals, and the command's shell."""
WAIT_FOR_SIZE = (
    'n=0; while [ "$(stty size 2>/dev/null)" = "0 0" ] && [ $n -lt 40 ]; do n=$((n+1)); sleep 0.05 || break; done; '
)
"""The engine can give a terminal its size only once the container runs; no program should see it without one."""
_INTERPRETERS = {"sh", "bash", "dash", "ash", "zsh", "python", "python3", "R", "Rscript", "julia", "node", "-c"}
_NO_SUCH_SOURCE = ("bind source path does not exist", "mounts denied", "no such file or directory", "statfs")
_ADVICE = (
    (
        ("could not select device driver", "nvidia", "unresolvable cdi"),
        "install the NVIDIA Container Toolkit on the engine's machine, or take 'gpus' out",
    ),
    (("range of cpus",), "ask for fewer in 'resources'"),
    (("minimum memory limit",), "ask for more in 'resources'"),
    (("network ",), "make it with `docker network create`, or correct 'network'"),
    (("is already in use",), "leave -A name out: several runs cannot share a name"),
    (("address already in use", "port is already allocated"), "choose another port with -A publish"),
    (('"/bin/sh"', "exec: "), "an image needs a shell, /bin/sh, for commands to run in it"),
)
"""Words of the engine -> what to do."""


class NotSeenError(Exception):
    """The engine does not see a directory of ours."""


def create(client: Any, job: Job, container: Container, *, mounted: bool) -> str:
    """Make the container; gives its id. Raises NotSeenError, and BackendError for every other refusal."""
    import docker

    config = {
        "entrypoint": _entrypoint(client, container),
        "hostname": None,
        "working_dir": CODE,
        "platform": container.platform,
        **container.arguments.config,
    }
    labels = {RUN_LABEL: job.run_id, OWNER_LABEL: container.owner, DIRECTORY_LABEL: str(job.directory)}
    config["labels"] = {**dict(config.get("labels") or {}), **labels}
    try:
        host = client.create_host_config(**_host(job, container, mounted=mounted))
        made = client.create_container(
            container.image,
            ["/bin/sh", "-c", WAIT_FOR_SIZE + SHELL if job.terminal else SHELL, job.command],
            environment=[f"{name}={value}" for name, value in container.environ.items()],
            user=container.arguments.user or container.user,
            host_config=host,
            stdin_open=True,
            tty=job.terminal,
            **config,
        )
    except docker.errors.DockerException as error:
        text = explanation(error)
        if mounted and any(words in text.lower() for words in _NO_SUCH_SOURCE):
            raise NotSeenError(text) from error
        raise BackendError(f"the container cannot be made: {text}", hint=advice(text)) from error
    return str(made["Id"])


def advice(text: str) -> str | None:
    """What to do about a refusal of the engine."""
    words = text.lower()
    return next((hint for signs, hint in _ADVICE if any(sign in words for sign in signs)), None)


def _entrypoint(client: Any, container: Container) -> list[str] | None:
    """Kept, as `docker run` keeps it, unless it is an interpreter that would take the shell's name for a script."""
    import docker

    try:
        words = (client.inspect_image(container.image)["Config"] or {}).get("Entrypoint") or []
    except docker.errors.DockerException as error:
        raise BackendError(f"the image is gone: {explanation(error)}", hint="run it again") from error
    return [""] if words and Path(words[-1]).name.rstrip(".0123456789") in _INTERPRETERS else None


def _host(job: Job, container: Container, *, mounted: bool) -> dict[str, Any]:
    given = dict(container.arguments.host)
    network = container.arguments.network or container.network
    host: dict[str, Any] = {
        "binds": [*container.volumes, *container.arguments.volumes] or None,
        "mounts": mounts_of(job, container) if mounted else None,
        "network_mode": network,
        "shm_size": container.shm_size,
        "mem_limit": container.memory,
        "nano_cpus": None if container.cpus is None else round(container.cpus * 1e9),
        "device_requests": _device_requests(container.arguments.gpus or container.gpus),
        **given,
    }
    if network not in {"host", "none"} and not (network or "").startswith("container:"):
        extra = given.get("extra_hosts") or []
        host["extra_hosts"] = [*extra, f"{GATEWAY_NAME}:{container.gateway or 'host-gateway'}"]
    if not mounted:
        host["tmpfs"] = {HOME: "mode=1777,exec", **dict(given.get("tmpfs") or {})}
    if isinstance(host.get("ulimits"), list):
        from docker.types import Ulimit

        host["ulimits"] = [Ulimit(name=one["Name"], soft=one["Soft"], hard=one["Hard"]) for one in host["ulimits"]]
    return host


def mounts_of(job: Job, container: Container) -> list[dict[str, Any]]:
    """Ours; where the project's own volumes have a place already, they win."""
    taken = {target for text in (*container.volumes, *container.arguments.volumes) if (target := _target(text))}
    ours = [{"Type": "bind", "Source": str(job.directory / "home"), "Target": HOME, "ReadOnly": False}]
    if not container.baked:
        ours.append({"Type": "bind", "Source": str(container.code), "Target": CODE, "ReadOnly": False})
    ours += [
        {"Type": "bind", "Source": str(one.source), "Target": one.target, "ReadOnly": one.read_only}
        for one in container.inputs
    ]
    return [mount for mount in ours if mount["Target"] not in taken]


def _target(volume: str) -> str | None:
    parts = volume.split(":")
    return parts[1].rstrip("/") if len(parts) > 1 else volume.rstrip("/")


def _device_requests(gpus: str | None) -> list[Mapping[str, Any]] | None:
    if not gpus or gpus == "0":
        return None
    from docker.types import DeviceRequest

    if gpus == "all":
        return [DeviceRequest(count=-1, capabilities=[["gpu"]])]
    if gpus.startswith("device="):
        return [DeviceRequest(device_ids=gpus.removeprefix("device=").split(","), capabilities=[["gpu"]])]
    return [DeviceRequest(count=int(gpus), capabilities=[["gpu"]])]


def owner_label(facts: Mapping[str, object]) -> str:
    """A process as a label holds it."""
    return json.dumps(dict(facts), sort_keys=True)
