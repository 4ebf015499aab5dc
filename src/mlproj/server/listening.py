"""The socket of `mlproj server`, and what stands in the way of it."""

import errno
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from mlproj.errors import UserError

BACKLOG = 2048
MOST_PORTS = 100
LAST_PORT = 65535


class PortTakenError(UserError):
    """Something else listens there."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; PortTakenError names who has the port and the next free one, UserError anything else."""
    family, address = _resolved(host, port)
    try:
        return _bound(family, address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(_taken(port), hint=_next_free(family, address)) from error
        raise UserError(f"cannot listen on {shown(host, port)}: {error.strerror}", hint=_hint(error)) from error


def shown(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(listening: socket.socket) -> bool:
    return ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The first address of a name, IPv4 before IPv6, since that is what clients of `localhost` try."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UserError(f"no such address: {host!r}", hint="give an IP address or a name of this machine") from error
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, (str(address[0]), port)


def _bound(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    everywhere = family is socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=everywhere)


def _taken(port: int) -> str:
    owner = _owner(port)
    return f"port {port} is taken" + (f" by {owner}" if owner else "")


def _next_free(family: socket.AddressFamily, address: tuple[str, int]) -> str:
    host, port = address
    for candidate in range(port + 1, min(port + MOST_PORTS, LAST_PORT + 1)):
        with suppress(OSError), _bound(family, (host, candidate)):
            return f"-p {candidate} is free"
    return "-p 0 takes any free port"


def _owner(port: int) -> str:
    """The program that listens on a port, empty if this user may not know."""
    import psutil

    for pid in _listening(port):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            words = " ".join(process.cmdline())
            return f"{process.name()} (process {pid}: {words[:100]})" if words else f"{process.name()} (process {pid})"
    return ""


def _listening(port: int) -> list[int]:
    """The processes that listen on a port, as far as this user may see them."""
    import psutil

    found: list[tuple[Any, int | None]] = []
    try:
        found += [(connection, connection.pid) for connection in psutil.net_connections("tcp")]
    except psutil.Error:  # macOS tells only the administrator about all of them
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                found += [(connection, process.pid) for connection in process.net_connections("tcp")]
    return [
        pid
        for connection, pid in found
        if pid and connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    ]


def _hint(error: OSError) -> str:
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "ports below 1024 are the administrator's: choose another with -p"
    return "give an address of this machine with -h"
