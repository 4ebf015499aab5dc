"""A way from one address of this machine to a port of its loopback, for as long as a run lasts."""

import selectors
import socket
from contextlib import ExitStack, suppress
from threading import Thread
from types import TracebackType
from typing import Self

CHUNK = 1 << 16


class Relay:
    """Takes connections at `address`, on a port of its own, and joins each to `target` on the loopback."""

    def __init__(self, address: str, target: int) -> None:
        self._target = target
        self._listening = socket.create_server((address, 0))
        self._stopping, self._stopped = socket.socketpair()
        self.port = int(self._listening.getsockname()[1])
        self._thread = Thread(target=self._accept, name="mlproj-relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.close()
        self._thread.join()

    def _accept(self) -> None:
        with self._listening, self._stopped, selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while all(key.fileobj is not self._stopped for key, _ in selector.select()):
                with suppress(OSError):
                    Thread(target=_join, args=(self._listening.accept()[0], self._target), daemon=True).start()


def _join(outer: socket.socket, port: int) -> None:
    with ExitStack() as stack:
        stack.enter_context(outer)
        try:
            inner = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        except OSError:
            return
        back = Thread(target=_copy, args=(inner, outer), daemon=True)
        back.start()
        _copy(outer, inner)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
