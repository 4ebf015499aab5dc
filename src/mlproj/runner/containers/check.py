"""Whether a container can reach the server that its command logs to; looked at before the command starts."""

import hashlib
import json
import socket
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

from mlproj.runner.containers.ways import NAME, Engine, Reach
from mlproj.runner.live import LiveRun
from mlproj.runner.tracking_access import TrackingAccess
from mlproj.system.container_engine import connected
from mlproj.system.files import make_directory
from mlproj.system.identity import boot_id

PATIENCE = 5
REACHED, UNREACHED = 0, 1
PROBE = """
try() { if command -v timeout >/dev/null 2>&1; then timeout {patience} "$@"; else "$@"; fi; }
if command -v bash >/dev/null 2>&1; then try bash -c ': </dev/tcp/{host}/{port}' 2>/dev/null; exit $(( $? != 0 )); fi
for python in python3 python; do
  if command -v $python >/dev/null 2>&1; then
    try $python -c 'import socket; socket.create_connection(("{host}", {port}), {patience})' 2>/dev/null
    exit $(( $? != 0 ))
  fi
done
if command -v nc >/dev/null 2>&1; then
  try nc -w {patience} {host} {port} </dev/null >/dev/null 2>&1
  exit $(( $? != 0 ))
fi
exit 3
"""


def check_reach(live: LiveRun, engine: Engine, access: TrackingAccess, *, image: str) -> bool:
    """Whether the command can log, as far as that can be told; if not, one line says why and what to do."""
    if not access.is_here():
        return True
    note = live.reporter.note
    if engine.reach is Reach.NONE:
        note(
            "the container has no network (network: none), so what its command logs through MLflow is not recorded"
            " (its output is)"
        )
        return False
    if engine.reach is Reach.REMOTE:
        note(
            f"the container engine is on another machine ({engine.address}), which does not reach the tracking store of"
            " this one: what the command logs is not recorded (give --tracking-uri a server that both reach)"
        )
        return False
    if engine.reach is Reach.LOOPBACK or _is_known(live, engine):
        return True
    return _look(live, engine, access, image)


def _look(live: LiveRun, engine: Engine, access: TrackingAccess, image: str) -> bool:
    """Connect from a container of the same image on the same network; what was reached once this boot is remembered."""
    live.reporter.progress("looking whether the container reaches this machine")
    code = None
    with ExitStack() as stack, suppress(Exception):
        port = urlsplit(access.url_for(live.run_id)).port or 80
        if engine.gateway is not None:  # a socket of the check's own: the server would be started by it
            listening = stack.enter_context(socket.create_server((engine.gateway, 0)))
            port = listening.getsockname()[1]
        client = stack.enter_context(connected(live.settings.environ))
        code = _probe(client, image, engine, port)
    live.reporter.clear()
    if code == UNREACHED:
        live.reporter.note(
            f"containers on the network {engine.network!r} do not reach this machine as {NAME}: what the command logs"
            f" is not recorded (let {engine.gateway or 'them'} in through the firewall, or use -A network=host)"
        )
        return False
    if code == REACHED:
        _remember(live, engine)
    return True


def _probe(client: Any, image: str, engine: Engine, port: int) -> int:
    script = PROBE.replace("{host}", NAME).replace("{port}", str(port)).replace("{patience}", str(PATIENCE))
    made = client.create_container(
        image,
        ["-c", script],
        entrypoint=["/bin/sh"],
        user="0:0",
        host_config=client.create_host_config(
            network_mode=None if engine.network == "default" else engine.network,
            extra_hosts=[f"{NAME}:{engine.gateway or 'host-gateway'}"],
        ),
    )
    try:
        client.start(made["Id"])
        return int(client.wait(made["Id"], timeout=PATIENCE * 4)["StatusCode"])
    finally:
        client.remove_container(made["Id"], force=True, v=True)


def _is_known(live: LiveRun, engine: Engine) -> bool:
    return (live.settings.cache_dir / "engines" / _name(engine)).exists()


def _remember(live: LiveRun, engine: Engine) -> None:
    with suppress(OSError):
        (make_directory(live.settings.cache_dir / "engines") / _name(engine)).touch()


def _name(engine: Engine) -> str:
    """A firewall may change with the next boot of this machine."""
    facts = [engine.id, engine.network, engine.gateway, boot_id()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
