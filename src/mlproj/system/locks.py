"""Locks between processes, one file each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mlproj.system.files import make_directory


@contextmanager
def hold(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock file `path`; call `on_wait` once if another process has it and we have to wait.

    The operating system lets go of the lock when its holder dies, however it dies. The file stays.
    """
    from filelock import FileLock, Timeout

    make_directory(path.parent)
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait is not None:
            on_wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def try_to_hold(*paths: Path) -> Iterator[bool]:
    """Hold all the lock files if nobody has one of them, without waiting; gives whether they are held."""
    from filelock import FileLock, Timeout

    with ExitStack() as stack:
        held = True
        for path in paths:
            make_directory(path.parent)
            lock = FileLock(path, thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                held = False
                break
            stack.callback(lock.release)
        yield held
