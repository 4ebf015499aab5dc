"""`-A name=value`: the options of `docker run` as the engine's API has them."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlproj.errors import UsageError
from mlproj.project.quantities import as_cpus, as_gpus, as_memory

Given = Sequence[str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerArguments:
    """`config` is for create_container, `host` for create_host_config; the rest is joined with the project's."""

    config: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    network: str | None = None
    user: str | None = None
    gpus: str | None = None


def read_docker_arguments(given: Mapping[str, object], environ: Mapping[str, str]) -> DockerArguments:
    """The arguments as given (a text, True for a flag, a list for repeats). Raises UsageError."""
    found: dict[str, list[str | bool]] = {}
    for name, value in given.items():
        if value is not False and value is not None:
            found.setdefault(long_name(name), []).extend(_values(value))
    config: dict[str, Any] = {}
    host: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, values in found.items():
        if name in _OURS:
            continue
        if name not in _TABLE:
            raise _unknown(name)
        target, key, read = _TABLE[name]
        place = {"config": config, "host": host, "rest": rest}[target]
        try:
            value = read(values, environ)
        except ValueError as error:
            raise UsageError(f"-A {name}: {error}", hint="as `docker run` takes it") from error
        place[key] = {**place[key], **value} if isinstance(place.get(key), dict) else value
    return DockerArguments(
        config=config,
        host=host,
        volumes=tuple(rest.get("volumes", ())),
        environ=dict(rest.get("environ", {})),
        network=rest.get("network"),
        user=rest.get("user"),
        gpus=rest.get("gpus"),
    )


def long_name(name: str) -> str:
    """The name of an option as the engine's own program lists it."""
    plain = name.lstrip("-")
    return _SHORT.get(plain, plain)


def _values(value: object) -> Given:
    if isinstance(value, list | tuple):
        return [part if isinstance(part, bool) else str(part) for part in value]
    return [value if isinstance(value, bool) else str(value)]


def _unknown(name: str) -> UsageError:
    if name in _NEVER:
        return UsageError(f"-A {name}: {_NEVER[name]}", hint="leave it out")
    from difflib import get_close_matches

    near = get_close_matches(name, _TABLE, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]!r}?" if near else "it is none that mlproj can pass on"
    return UsageError(f"-A {name}: no such argument of `docker run`", hint=hint)


# --- readers ---------------------------------------------------------------------------------------------------------


def _text(values: Given, _: Mapping[str, str]) -> str:
    if values[-1] is True or values[-1] is False:
        raise ValueError("needs a value")
    return str(values[-1])


def _texts(values: Given, environ: Mapping[str, str]) -> list[str]:
    return [_text([value], environ) for value in values]


def _whole(values: Given, environ: Mapping[str, str]) -> int:
    return int(_text(values, environ))


def _flag(values: Given, _: Mapping[str, str]) -> bool:
    value = values[-1]
    if isinstance(value, bool):
        return value
    if value.lower() not in {"true", "false", "1", "0"}:
        raise ValueError(f"{value!r} is neither true nor false")
    return value.lower() in {"true", "1"}


def _memory(values: Given, environ: Mapping[str, str]) -> int:
    text = _text(values, environ)
    if text == "-1":
        return -1
    if (size := as_memory(text)) is None:
        raise ValueError(f"{text!r} is no size such as 512m or 2g")
    return size


def _cpus(values: Given, environ: Mapping[str, str]) -> int:
    if (cpus := as_cpus(_text(values, environ))) is None:
        raise ValueError(f"{values[-1]!r} is no number of processors")
    return round(cpus * 1e9)


def _gpus(values: Given, environ: Mapping[str, str]) -> str:
    if (gpus := as_gpus(_text(values, environ))) is None:
        raise ValueError(f"{values[-1]!r} is neither 'all', a number, nor device=0,1")
    return gpus


def _pairs(values: Given, environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, _, value in (text.partition("=") for text in _texts(values, environ))}


def _variables(values: Given, environ: Mapping[str, str]) -> dict[str, str]:
    """`NAME=value`, or `NAME` alone for the caller's own, which counts only if it is set."""
    pairs = [text.partition("=") for text in _texts(values, environ)]
    return {name: value if equals else environ[name] for name, equals, value in pairs if equals or name in environ}


def _variables_of_files(values: Given, environ: Mapping[str, str]) -> dict[str, str]:
    from pathlib import Path

    found: dict[str, str] = {}
    for name in _texts(values, environ):
        try:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ValueError(f"{name}: {error.strerror}") from error
        found |= _variables([line for line in lines if line.strip() and not line.startswith("#")], environ)
    return found


def _words(values: Given, environ: Mapping[str, str]) -> list[str]:
    return shlex.split(_text(values, environ))


def _ulimits(values: Given, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for text in _texts(values, environ):
        name, _, limits = text.partition("=")
        soft, _, hard = limits.partition(":")
        found.append({"Name": name, "Soft": int(soft), "Hard": int(hard or soft)})
    return found


def _tmpfs(values: Given, environ: Mapping[str, str]) -> dict[str, str]:
    return {path: options for path, _, options in (text.partition(":") for text in _texts(values, environ))}


def _ports(values: Given, environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in _texts(values, environ):
        outside, _, inside = text.rpartition(":")
        address, _, port = outside.rpartition(":")
        number = int(port) if port else None
        found[inside if "/" in inside else f"{inside}/tcp"] = (address, number) if address else number
    return found


Reader = Callable[[Given, Mapping[str, str]], Any]
_TABLE: Mapping[str, tuple[str, str, Reader]] = {
    "add-host": ("host", "extra_hosts", _texts),
    "cap-add": ("host", "cap_add", _texts),
    "cap-drop": ("host", "cap_drop", _texts),
    "cgroup-parent": ("host", "cgroup_parent", _text),
    "cgroupns": ("host", "cgroupns", _text),
    "cpu-period": ("host", "cpu_period", _whole),
    "cpu-quota": ("host", "cpu_quota", _whole),
    "cpu-shares": ("host", "cpu_shares", _whole),
    "cpus": ("host", "nano_cpus", _cpus),
    "cpuset-cpus": ("host", "cpuset_cpus", _text),
    "cpuset-mems": ("host", "cpuset_mems", _text),
    "device": ("host", "devices", _texts),
    "dns": ("host", "dns", _texts),
    "dns-search": ("host", "dns_search", _texts),
    "domainname": ("config", "domainname", _text),
    "entrypoint": ("config", "entrypoint", _words),
    "env": ("rest", "environ", _variables),
    "env-file": ("rest", "environ", _variables_of_files),
    "gpus": ("rest", "gpus", _gpus),
    "group-add": ("host", "group_add", _texts),
    "hostname": ("config", "hostname", _text),
    "init": ("host", "init", _flag),
    "ipc": ("host", "ipc_mode", _text),
    "label": ("config", "labels", _pairs),
    "mac-address": ("config", "mac_address", _text),
    "memory": ("host", "mem_limit", _memory),
    "memory-reservation": ("host", "mem_reservation", _memory),
    "memory-swap": ("host", "memswap_limit", _memory),
    "memory-swappiness": ("host", "mem_swappiness", _whole),
    "name": ("config", "name", _text),
    "network": ("rest", "network", _text),
    "oom-kill-disable": ("host", "oom_kill_disable", _flag),
    "oom-score-adj": ("host", "oom_score_adj", _whole),
    "pid": ("host", "pid_mode", _text),
    "pids-limit": ("host", "pids_limit", _whole),
    "platform": ("config", "platform", _text),
    "privileged": ("host", "privileged", _flag),
    "publish": ("host", "port_bindings", _ports),
    "read-only": ("host", "read_only", _flag),
    "runtime": ("host", "runtime", _text),
    "security-opt": ("host", "security_opt", _texts),
    "shm-size": ("host", "shm_size", _memory),
    "stop-signal": ("config", "stop_signal", _text),
    "storage-opt": ("host", "storage_opt", _pairs),
    "sysctl": ("host", "sysctls", _pairs),
    "tmpfs": ("host", "tmpfs", _tmpfs),
    "ulimit": ("host", "ulimits", _ulimits),
    "user": ("rest", "user", _text),
    "userns": ("host", "userns_mode", _text),
    "uts": ("host", "uts_mode", _text),
    "volume": ("rest", "volumes", _texts),
    "volumes-from": ("host", "volumes_from", _texts),
    "workdir": ("config", "working_dir", _text),
}
_SHORT = {
    "c": "cpu-shares",
    "e": "env",
    "h": "hostname",
    "i": "interactive",
    "l": "label",
    "m": "memory",
    "net": "network",
    "p": "publish",
    "t": "tty",
    "u": "user",
    "v": "volume",
    "w": "workdir",
}
_OURS = frozenset({"rm", "interactive", "tty", "it", "ti"})
"""What every container of ours is anyway, where it makes sense."""
_NEVER = {
    "detach": "mlproj follows the container itself (`mlproj run --detach` comes back at once)",
    "d": "mlproj follows the container itself (`mlproj run --detach` comes back at once)",
    "restart": "a run is over when its command is",
}
