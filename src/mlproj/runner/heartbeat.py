"""What is done every 30 s while a job runs, on a thread of its own so that a slow server stalls no output."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from mlproj.errors import MlprojError

INTERVAL = 30.0


@contextmanager
def beating(*actions: Callable[[], None], interval: float = INTERVAL) -> Iterator[None]:
    """Call the actions every `interval` seconds until the block ends; a store that fails for a while stops nothing."""
    over = Event()

    def beat() -> None:
        while not over.wait(interval):
            for action in actions:
                with contextlib.suppress(MlprojError, OSError):
                    action()

    thread = Thread(target=beat, name="mlproj-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(1.0)  # a server that hangs must not hold up the end of the run
