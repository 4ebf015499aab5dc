"""The backends by name, each imported when it is asked for."""

from importlib import import_module

from mlproj.backends.base import Backend
from mlproj.errors import UsageError

BACKENDS = {"local": "mlproj.backends.local"}
"""Name -> module; its `backend()` makes the backend."""


def load_backend(name: str) -> Backend:
    """The backend of that name. Raises UsageError."""
    if name not in BACKENDS:
        raise UsageError(f"no such backend: {name!r}", hint=f"known: {', '.join(sorted(BACKENDS))}")
    backend: Backend = import_module(BACKENDS[name]).backend()
    return backend
