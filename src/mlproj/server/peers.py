"""The workers of one server, who tell each other their numbers: a scrape reaches one of them and means all."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

from mlproj.server.numbers import Family, merged, packed, unpacked

PATIENCE = 1.0
CHUNK = 1 << 16


class Peers:
    """`folder` is what the workers share, nobody else can read it; `worker` is the number of this one."""

    def __init__(self, folder: Path, worker: int) -> None:
        self._folder = folder
        self._worker = worker

    @contextmanager
    def telling(self, families: Callable[[], list[Family]]) -> Iterator[None]:
        """Answer the others while the block lasts."""
        place = self._folder / str(self._worker)
        place.unlink(missing_ok=True)
        with closing(socket.socket(socket.AF_UNIX)) as listening:
            try:
                listening.bind(str(place))
            except OSError:  # the folder's name is too long for a socket: this worker keeps its numbers
                yield
                return
            listening.listen()
            thread = Thread(target=_tell, args=(listening, families), name="mlproj-peers", daemon=True)
            thread.start()
            try:
                yield
            finally:
                place.unlink(missing_ok=True)
                with suppress(OSError):
                    listening.shutdown(socket.SHUT_RDWR)
                thread.join()

    def all(self, own: list[Family]) -> list[Family]:
        """The numbers of all workers that answer, this one's among them."""
        others = sorted(int(path.name) for path in self._folder.glob("[0-9]*") if path.name != str(self._worker))
        if not others:
            return merged([(self._worker, own)])
        with ThreadPoolExecutor(len(others)) as threads:
            told = dict(zip(others, threads.map(self._ask, others), strict=True))
        return merged(sorted({**told, self._worker: own}.items()))

    def _ask(self, worker: int) -> list[Family]:
        content = bytearray()
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(str(self._folder / str(worker)))
                while chunk := connection.recv(CHUNK):
                    content += chunk
            return unpacked(bytes(content))
        except (OSError, ValueError):
            return []


def _tell(listening: socket.socket, families: Callable[[], list[Family]]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.settimeout(PATIENCE)
                connection.sendall(packed(families()))
