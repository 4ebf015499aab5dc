"""The program that a shim runs for a container: starts it, is its standard streams, ends it, leaves its exit code.

    python -I container_follower.py CONTAINER RESULT TERMINAL REMOVE

Ending comes as signals from the shim: the first interrupts everything in the container, the second terminates it and
kills it soon after, a third kills at once. RESULT is a JSON file: exit_code, oom, error, hint.
"""

import contextlib
import json
import os
import queue
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

LAST_WORDS = 3.0
"""Seconds between terminating and killing; the shim kills us two seconds later."""
DETACH_KEYS = "ctrl-^,ctrl-_,ctrl-^,ctrl-_"
"""A key sequence that nobody types: the engine's default would take Ctrl-P from the shell."""
ENGINE_GONE = 137


def main(container: str, result: str, terminal: str, remove: str) -> int:
    """Follow one container to its end."""
    orders: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH):
        signal.signal(number, lambda received, _: orders.put(received))
    from mlproj.config import process_environment
    from mlproj.errors import MlprojError
    from mlproj.system import container_engine
    from mlproj.system.files import write_atomically

    try:
        with container_engine.connected(process_environment()) as client:
            follower = Follower(client, container, orders, terminal=terminal == "1")
            facts = follower.follow()
            if remove == "1":
                with contextlib.suppress(Exception):
                    client.remove_container(container, force=True, v=True)
    except MlprojError as error:
        facts = {"exit_code": ENGINE_GONE, "oom": False, "error": error.message, "hint": error.hint}
    write_atomically(Path(result), json.dumps(facts))
    return int(facts["exit_code"])


class Follower:
    """One container while it runs; `orders` are signals that we got."""

    def __init__(self, client: Any, container: str, orders: "queue.SimpleQueue[int]", *, terminal: bool) -> None:
        self._client = client
        self._container = container
        self._orders = orders
        self._terminal = terminal
        self._over = threading.Event()

    def follow(self) -> dict[str, Any]:
        """Start the container and relay its streams until it ends."""
        import docker
        import requests

        from mlproj.backends.container_creation import advice
        from mlproj.system.container_engine import explanation

        try:
            stream = self._attach()
            if self._was_told_to_end():
                return _facts(128 + signal.SIGINT)
            self._client.start(self._container)
            if self._terminal:
                self._resize(self._client)
            threading.Thread(target=self._obey, daemon=True).start()
            threading.Thread(target=self._pass_on_stdin, args=(stream,), daemon=True).start()
            self._pass_on_output(stream)
            return self._end()
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            text = explanation(error)
            return _facts(ENGINE_GONE, error=f"the container could not be run: {text}", hint=advice(text))
        finally:
            self._over.set()

    def _attach(self) -> Any:
        """Before the start, so that no line is lost; the socket has no time limit, and is kept alive over a network.

        The engine has attached the streams when it answers. Its log is not asked for: the lines of a quick command
        would be in both.
        """
        parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1, "logs": 0}
        if self._terminal:
            parameters["detachKeys"] = DETACH_KEYS  # type: ignore[assignment] # the API takes both
        stream = self._client.attach_socket(self._container, params=parameters)
        plain = getattr(stream, "_sock", stream)
        with contextlib.suppress(AttributeError, OSError):
            plain.settimeout(None)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return stream

    def _was_told_to_end(self) -> bool:
        with contextlib.suppress(queue.Empty):
            while True:
                if self._orders.get_nowait() != signal.SIGWINCH:
                    return True
        return False

    def _pass_on_output(self, stream: Any) -> None:
        from docker.utils.socket import frames_iter

        with _raw_terminal(active=self._terminal):
            for number, data in frames_iter(stream, self._terminal):
                _write(2 if number == 2 else 1, data)  # noqa: PLR2004 - stderr's number on both sides

    def _pass_on_stdin(self, stream: Any) -> None:
        plain = getattr(stream, "_sock", stream)
        with contextlib.suppress(OSError):
            while data := os.read(0, 1 << 16):
                plain.sendall(data)
        with contextlib.suppress(OSError, AttributeError):
            plain.shutdown(socket.SHUT_WR)

    def _end(self) -> dict[str, Any]:
        code = int(self._client.wait(self._container, timeout=None)["StatusCode"])
        state = self._client.inspect_container(self._container)["State"]
        return _facts(code, oom=bool(state.get("OOMKilled")))

    def _obey(self) -> None:
        """Do what the signals say, and what is due after them; on a connection of our own."""
        from mlproj.config import process_environment
        from mlproj.system import container_engine

        step, patience = 0, None
        order = self._orders.get()  # most commands end before anybody orders anything
        with container_engine.connected(process_environment()) as client:
            while not self._over.is_set():
                if order == signal.SIGWINCH:
                    self._resize(client)
                else:
                    step += 1
                    patience = LAST_WORDS if step > 1 else None
                    self._signal(client, ("INT", "TERM", "KILL")[min(step, 3) - 1])
                try:
                    order = self._orders.get(timeout=patience)
                except queue.Empty:
                    order = signal.SIGTERM

    def _signal(self, client: Any, name: str) -> None:
        """To everything in the container: its first process hears the engine, the others a program among them."""
        if name != "KILL":
            with contextlib.suppress(Exception):
                made = client.exec_create(self._container, ["/bin/sh", "-c", f"kill -{name} -1"])
                client.exec_start(made["Id"], detach=True)
        with contextlib.suppress(Exception):
            client.kill(self._container, signal=name)

    def _resize(self, client: Any) -> None:
        with contextlib.suppress(Exception):
            columns, rows = os.get_terminal_size(0)
            client.resize(self._container, height=rows, width=columns)


@contextlib.contextmanager
def _raw_terminal(*, active: bool) -> Any:
    """The pty of the job passes every key and every byte on: the container has a terminal of its own."""
    if active:
        import tty

        with contextlib.suppress(Exception):
            tty.setraw(0)
    yield


def _facts(code: int, *, oom: bool = False, error: str | None = None, hint: str | None = None) -> dict[str, Any]:
    return {"exit_code": code, "oom": oom, "error": error, "hint": hint}


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    with contextlib.suppress(OSError):  # nobody reads any more; the shim tells us to end then
        while view:
            view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
