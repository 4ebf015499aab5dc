"""How a container reaches this machine, and what the engine says of itself."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mlproj.errors import MlprojError
from mlproj.system import container_engine

NAME = "host.docker.internal"
LOOPBACK = "127.0.0.1"


class Reach(StrEnum):
    """By which way, if any."""

    LOOPBACK = "loopback"  # the container shares the network of this machine
    GATEWAY = "gateway"  # by the address that the engine's bridge has here
    NAME = "name"  # by a name that the engine leads to this machine's loopback (Docker Desktop)
    REMOTE = "remote"  # the engine is on another machine
    NONE = "none"  # the container has no network


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What decides how a container is run. `user` is who must be in it so that files belong to the caller."""

    id: str
    address: str
    user: str
    reach: Reach
    network: str
    gateway: str | None = None


def look_at_engine(client: Any, *, address: str, network: str | None) -> Engine:
    """Ask the engine. Raises EngineError."""
    with container_engine.explained("the container engine does not answer"):
        info = client.info()
    rootless = any("rootless" in str(option) for option in info.get("SecurityOptions") or ())
    uid, gid = os.getuid(), os.getgid()
    reach, gateway = _reach(client, address, network or "default")
    return Engine(
        id=str(info.get("ID") or info.get("Name") or address),
        address=address,
        user="0:0" if rootless else f"{uid}:{gid}",
        reach=reach,
        network=network or "default",
        gateway=gateway,
    )


def _reach(client: Any, address: str, network: str) -> tuple[Reach, str | None]:
    if network == "none":
        return Reach.NONE, None
    if container_engine.is_elsewhere(address):
        return Reach.REMOTE, None
    if network == "host":
        return Reach.LOOPBACK, None
    gateway = _gateway(client)
    return (Reach.GATEWAY, gateway) if gateway and _is_ours(gateway) else (Reach.NAME, None)


def _gateway(client: Any) -> str | None:
    """The address of this machine on the default network, which is what `host-gateway` stands for."""
    for name in ("bridge", "podman"):
        with suppress(MlprojError, KeyError, IndexError, TypeError), container_engine.explained(name):
            for config in client.inspect_network(name)["IPAM"]["Config"]:
                if gateway := config.get("Gateway"):
                    if ":" not in gateway:
                        return str(gateway)
                elif "." in (subnet := config.get("Subnet", "")):
                    import ipaddress

                    return str(ipaddress.ip_network(subnet)[1])
    return None


def _is_ours(address: str) -> bool:
    """Whether a socket can be bound there."""
    try:
        with socket.create_server((address, 0)):
            return True
    except OSError:
        return False
