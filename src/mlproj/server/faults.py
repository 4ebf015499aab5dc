"""Faults inside the server, for the user of the command: one line each, and each only once.

A client repeats a request that met a fault for minutes, in silence; somebody has to say why nothing goes on.
"""

from collections.abc import Callable
from threading import Lock

from mlproj.errors import MlprojError

MOST = 1000


class Faults:
    """A callback for errors that tells them through a callback for notes; `what` is what came of them."""

    def __init__(self, on_note: Callable[[str], None], what: str = "what the job logs cannot be recorded") -> None:
        self._on_note = on_note
        self._what = what
        self._told: set[str] = set()
        self._lock = Lock()

    def __call__(self, error: BaseException) -> None:
        known = isinstance(error, MlprojError)
        line = str(error) if known else f"{type(error).__name__}: {error}, which is a bug of mlproj"
        text = f"{self._what}: {line}"
        with self._lock:
            if text in self._told or len(self._told) == MOST:
                return
            self._told.add(text)
        self._on_note(text)
