"""The way to a container engine: Docker's or Podman's API, wherever it listens; its refusals as one line each."""

import hashlib
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mlproj.errors import EngineError, MlprojError

TIMEOUT = 120
"""Seconds that one request may take; those that wait for a job have none."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def address(environ: Mapping[str, str]) -> str:
    """Where the engine listens: DOCKER_HOST, the CLI's context, CONTAINER_HOST, else the first socket that is there."""
    if given := environ.get("DOCKER_HOST"):
        return given
    if (context := _context_host(environ)) is not None:
        return context
    if given := environ.get("CONTAINER_HOST"):
        return given.replace("unix:/run", "unix:///run") if given.startswith("unix:/run") else given
    sockets = _sockets(environ)
    return f"unix://{next((path for path in sockets if path.exists()), sockets[0])}"


def is_elsewhere(where: str) -> bool:
    """Whether an address is plainly another machine's, so that no directory of ours is there."""
    return where.startswith(("tcp://", "ssh://", "http://", "https://")) and not any(
        where.partition("://")[2].startswith(name) for name in LOOPBACK
    )


@contextmanager
def connected(environ: Mapping[str, str]) -> Iterator[Any]:
    """A docker.APIClient for the block. Raises EngineError."""
    client = connect(environ)
    try:
        yield client
    finally:
        client.close()


def connect(environ: Mapping[str, str]) -> Any:
    """A docker.APIClient that has spoken to the engine. Raises EngineError."""
    where = address(environ)
    check(environ)
    import docker

    try:
        # Asked for as DOCKER_HOST, since from_env alone reads what TLS needs.
        settings = docker.utils.kwargs_from_env(environment={**environ, "DOCKER_HOST": where})
        return docker.APIClient(version="auto", timeout=TIMEOUT, use_ssh_client=where.startswith("ssh://"), **settings)
    except (docker.errors.DockerException, OSError, ValueError) as error:
        raise EngineError(
            f"the container engine does not answer: {_reason(error)}",
            where=where,
            hint="start it, or set DOCKER_HOST to where one listens",
        ) from error


def check(environ: Mapping[str, str]) -> None:
    """See that the engine's socket can be reached, without asking it anything. Raises EngineError."""
    where = address(environ)
    if not where.startswith("unix://"):
        return
    path = "/" + where.removeprefix("unix://").lstrip("/")
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(path)
    except FileNotFoundError as error:
        raise EngineError(
            "there is no container engine here",
            where=path,
            hint="install and start Docker or Podman, or set DOCKER_HOST to where one listens",
        ) from error
    except PermissionError as error:
        raise EngineError(
            "you may not use the container engine's socket",
            where=path,
            hint="have yourself added to the group docker and log in anew, or use rootless Docker or Podman",
        ) from error
    except OSError as error:
        raise EngineError(
            f"the container engine does not answer: {error.strerror or error}",
            where=path,
            hint="start it (systemctl start docker), or set DOCKER_HOST to where one listens",
        ) from error


def explanation(error: BaseException) -> str:
    """What the engine said, in a line."""
    return " ".join(str(getattr(error, "explanation", None) or error).split())


@contextmanager
def explained(what: str, *, kind: type[MlprojError] = EngineError) -> Iterator[None]:
    """The engine's refusals, and a connection that breaks, as an error of ours."""
    import docker
    import requests

    try:
        yield
    except docker.errors.APIError as error:
        raise kind(f"{what}: {explanation(error)}") from error
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise kind(f"{what}: {_reason(error)}", hint="is the container engine still there?") from error


def _reason(error: BaseException) -> str:
    """The innermost words: requests and urllib3 wrap them in layers."""
    inner = error
    while (cause := inner.__cause__ or inner.__context__) is not None:
        inner = cause
    return " ".join(str(getattr(inner, "strerror", None) or inner).split())[:300]


def _sockets(environ: Mapping[str, str]) -> list[Path]:
    home, runtime = environ.get("HOME") or "/", environ.get("XDG_RUNTIME_DIR")
    mine = [Path(runtime, "docker.sock"), Path(runtime, "podman", "podman.sock")] if runtime else []
    system = Path("/var/run/docker.sock")
    return [
        system,
        *mine,
        Path(home, ".docker", "run", "docker.sock"),
        Path(home, ".colima", "default", "docker.sock"),
        Path("/run/podman/podman.sock"),
    ]


def _context_host(environ: Mapping[str, str]) -> str | None:
    """What `docker context use` chose; docker's own default counts as no choice."""
    folder = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/", ".docker"))
    with suppress(OSError, ValueError, KeyError, TypeError):
        name = environ.get("DOCKER_CONTEXT") or json.loads((folder / "config.json").read_text())["currentContext"]
        if name and name != "default":
            digest = hashlib.sha256(name.encode()).hexdigest()
            found = json.loads((folder / "contexts" / "meta" / digest / "meta.json").read_text())
            return str(found["Endpoints"]["docker"]["Host"]) or None
    return None
