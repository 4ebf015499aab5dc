"""Building a directory of the cache once, whoever asks for it: in place, under a lock, its marker last."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.directories import cache_directory
from mlproj.envs.python.markers import Marker, write_marker
from mlproj.envs.values import Progress


def build_once(
    prefix: Path,
    *,
    settings: Settings,
    on_note: Progress,
    is_ready: Callable[[], bool],
    build: Callable[[int], Callable[[float], Marker]],
) -> bool:
    """Build unless another process did while we waited; true if it was us.

    `build` gets a descriptor that what it starts must inherit, and gives what makes the marker of the seconds it took.
    """
    from mlproj.system.files import remove_tree
    from mlproj.system.locks import hold

    folder, key = cache_directory(settings, "envs"), prefix.name
    waiting = f"another run is building the environment {key[:12]}: waiting for it"
    with hold(folder / f"{key}.lock", on_wait=lambda: on_note(waiting)):
        if is_ready():
            return False
        with _held_by_children(folder / f"{key}.build") as descriptor:
            started = time.time()
            try:
                if prefix.exists():
                    remove_tree(prefix)
                marker = build(descriptor)
                write_marker(prefix, marker(time.time() - started))
            except BaseException:
                with contextlib.suppress(OSError):
                    remove_tree(prefix)
                raise
    return True


@contextlib.contextmanager
def _held_by_children(path: Path) -> Iterator[int]:
    """A second lock that installers inherit: if mlproj is killed, the next build waits until they are gone too.

    Otherwise what the killed one had started would go on writing into the new environment.
    """
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
