"""The server inside a running `mlproj`: jobs log to it as to any tracking server.

The socket listens at once. The web server is imported and started, in a thread, when something first connects: the job
of a plain shell command never does.
"""

import selectors
import socket
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, suppress
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from mlproj.errors import TrackingError
from mlproj.server.access.tokens import new_secret, token
from mlproj.server.faults import Faults

if TYPE_CHECKING:
    from mlproj.tracking.base import LocalStore

LOOPBACK = "127.0.0.1"
CONTAINERS = "host.docker.internal"
"""What containers call this machine."""
BACKLOG = 2048


class EmbeddedServer:
    """A server of one store for the jobs that this process runs, each known by the token in its URL.

    `open_store` is a store, or what opens one when the first job connects; the server closes what it opened. `hosts`
    are names besides the loopback ones that jobs may reach it by, `also_on` more addresses of this machine to listen on
    (never all of them); one that cannot be listened on is left out. `on_note` hears what the user should know, one line
    each; so it does of errors, each once, unless there is an `on_error`. Both are called from threads of the server.
    """

    def __init__(
        self,
        open_store: "Callable[[], LocalStore] | LocalStore",
        *,
        hosts: Collection[str] = (),
        also_on: Collection[str] = (),
        on_note: Callable[[str], None] = lambda _: None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._open_store = open_store
        self._hosts = frozenset({*hosts, *also_on, CONTAINERS})
        self._also_on = tuple(also_on)
        self._ports: dict[str, int] = {}
        self._on_note = on_note
        self._on_error = on_error or Faults(on_note)
        self._secret = new_secret()
        self._changing = Lock()
        self._thread: Thread | None = None
        self._stopping: socket.socket | None = None
        self._port = 0

    def start(self) -> None:
        """Listen. Raises TrackingError where that is not possible."""
        with self._changing, ExitStack() as made:
            if self._stopping is not None:
                return
            try:
                listening = made.enter_context(socket.create_server((LOOPBACK, 0), backlog=BACKLOG))
                stopping, stopped = map(made.enter_context, socket.socketpair())
            except OSError as error:
                raise TrackingError(f"cannot listen on {LOOPBACK}: {error.strerror}") from error
            self._port = listening.getsockname()[1]
            sockets = [listening, *self._listen_elsewhere(made)]
            thread = Thread(target=self._serve, args=(sockets, stopped), name="mlproj-embedded", daemon=True)
            thread.start()
            self._thread, self._stopping = thread, stopping
            made.pop_all()

    def _listen_elsewhere(self, made: ExitStack) -> list[socket.socket]:
        sockets = []
        for address in self._also_on:
            for port in (self._port, 0):
                with suppress(OSError):
                    sockets.append(made.enter_context(socket.create_server((address, port), backlog=BACKLOG)))
                    self._ports[address] = sockets[-1].getsockname()[1]
                    break
        return sockets

    def url_for(self, run_id: str, *, host: str = LOOPBACK, address: str | None = None) -> str:
        """The tracking URI of a run's job; `host` is the name that the job reaches this machine by.

        `address` is the one of `also_on` that the name leads to.
        """
        port = self._ports.get(address or LOOPBACK, self._port)
        return f"http://{host}:{port}/{quote(token(run_id, self._secret), safe='')}"

    def stop(self) -> None:
        """End the server: requests under way have two seconds. Does nothing if it does not run.

        Any thread may call it, but not one of the server: `on_note` and `on_error` must not.
        """
        with self._changing:
            thread, stopping = self._thread, self._stopping
            self._stopping = None
        if stopping is not None:
            with stopping:
                stopping.shutdown(socket.SHUT_RDWR)
        if thread is not None:
            thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self, listening: Sequence[socket.socket], stopping: socket.socket) -> None:
        with stopping, ExitStack() as opened:
            for one in listening:
                opened.enter_context(one)
            try:
                if _something_connects(listening, stopping):
                    self._answer(listening, stopping)
            except BaseException as error:  # noqa: BLE001 - nobody else hears of it
                self._on_error(error)
            finally:
                for one in listening:
                    with suppress(OSError):  # a fork of ours may hold the socket: it must not listen any longer
                        one.shutdown(socket.SHUT_RDWR)

    def _answer(self, listening: Sequence[socket.socket], stopping: socket.socket) -> None:
        from mlproj.server.access.gate import TokenGate
        from mlproj.server.access.guard import Guard
        from mlproj.server.access.hosts import NamedHosts
        from mlproj.server.app import build_app
        from mlproj.server.inside import Inside
        from mlproj.server.service import Service
        from mlproj.server.serving import serve

        with Service(self._open_store, self._on_error) as service:
            app = build_app(service, answer=Inside(self._on_note).answer)
            guarded = Guard(TokenGate(app, self._secret), hosts=NamedHosts(self._hosts), on_error=self._on_error)
            serve(guarded, listening, stopping)


def _something_connects(listening: Sequence[socket.socket], stopping: socket.socket) -> bool:
    """Wait for a connection, which stays in the queue, or for the end."""
    with selectors.DefaultSelector() as selector:
        for one in listening:
            selector.register(one, selectors.EVENT_READ)
        selector.register(stopping, selectors.EVENT_READ)
        return all(key.fileobj is not stopping for key, _ in selector.select())
