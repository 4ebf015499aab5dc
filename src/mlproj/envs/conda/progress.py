"""What an installation of conda packages says while it goes on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from mlproj.envs.values import Progress

if TYPE_CHECKING:
    from rattler.install import InstallerReporter


def link_progress(on_progress: Progress, total: int) -> "InstallerReporter":
    """A reporter for rattler's installer; it is called from threads of rattler's."""
    return cast("InstallerReporter", _LinkProgress(on_progress, total))


class _LinkProgress:
    """Counts packages. Of the many events that there are these tell what takes time."""

    def __init__(self, on_progress: Progress, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._linked = 0
        self._names: dict[int, str] = {}

    def on_populate_cache_start(self, operation: int, package_name: str) -> int:
        self._names[operation] = package_name
        return operation

    def on_download_start(self, cache_entry: int) -> int:
        self._on_progress(f"fetching the conda package {self._names.get(cache_entry, '')}".rstrip())
        return cache_entry

    def on_link_complete(self, _index: int) -> None:
        self._linked += 1
        self._on_progress(f"installing conda packages: {self._linked} of {self._total}")

    def __getattr__(self, name: str) -> Callable[..., int]:
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *_, **__: 0
