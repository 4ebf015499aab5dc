"""The names that a server answers to: a page that reaches it by a name of its own (DNS rebinding) gets nothing."""

import socket
from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from ipaddress import ip_address
from threading import Thread
from typing import Protocol
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SUFFIXES = (".local", ".internal", ".svc", ".svc.cluster.local")


def host_name(host: str) -> str:
    """The name in a Host header, lower-case, without the port; empty if it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def host_allowed(host: str, names: Collection[str]) -> bool:
    """Whether a Host header, with or without a port, is one of `names`."""
    return host_name(host) in names


class Hosts(Protocol):
    """Which Host headers are answered, and what the others are told."""

    def __call__(self, host: str) -> bool: ...
    def refusal(self, host: str) -> str: ...


class NamedHosts:
    """Loopback and the given names, nothing else."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = LOOPBACK | {name.lower() for name in names}

    def __call__(self, host: str) -> bool:
        return host_allowed(host, self._names)

    def refusal(self, host: str) -> str:
        return f"Invalid Host header {host[:200]!r}: this server answers only to its own name"


class KnownHosts:
    """IP literals, names of one label, names of private networks, this machine's own, and those that were allowed.

    A page on the open Internet can have none of these but the last, which the server's owner chose; `*` in them stands
    for anything, as it does for MLflow.
    """

    def __init__(self, allowed: Collection[str], own: Callable[[], Collection[str]] | None = None) -> None:
        self._allowed = tuple(dict.fromkeys(host_name(name) or name.lower() for name in allowed))
        self._own: frozenset[str] = frozenset({socket.gethostname().lower()})
        if own is not None:
            Thread(target=self._learn, args=(own,), name="mlproj-names", daemon=True).start()

    def __call__(self, host: str) -> bool:
        name = host_name(host)
        if not name:
            return False
        return _is_private(name) or name in self._own or any(fnmatchcase(name, pattern) for pattern in self._allowed)

    def refusal(self, host: str) -> str:
        """Why a Host is refused, with the option that would admit it."""
        name = host_name(host)
        if not name:
            return f"Invalid Host header {host[:200]!r}"
        wanted = ",".join((*self._allowed, name))
        return f"Invalid Host header {host[:200]!r}: start the server with --allowed-hosts {wanted} to admit it"

    def _learn(self, own: Callable[[], Collection[str]]) -> None:
        """Name servers may take seconds to answer, so they are asked beside the start."""
        self._own |= {name.lower() for name in own()}


def own_names() -> set[str]:
    """This machine's names as the resolver has them."""
    name = socket.gethostname()
    try:
        return {name, socket.getfqdn(name)}
    except OSError:
        return {name}


def _is_private(name: str) -> bool:
    if "." not in name and ":" not in name:
        return True
    if name.endswith(SUFFIXES):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
