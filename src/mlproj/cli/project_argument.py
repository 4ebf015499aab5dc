"""A project named on the command line: a directory as it is, anything else fetched for as long as it is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedProject:
    """`root` is the project's directory, `shown` what messages call it: as the user typed it, or nothing if fetched."""

    root: Path
    shown: Path

    def name(self, file: Path) -> str:
        """A file of the project, as messages name it."""
        root = self.root.absolute()
        return str(self.shown / file.relative_to(root)) if file.is_relative_to(root) else str(file)


@contextmanager
def open_project(uri: str, version: str | None) -> Iterator[OpenedProject]:
    """Give the directory of a project; a checkout that was made for it is released at the end."""
    local = None
    if version is None:
        with suppress(OSError):  # a URI may be longer than a path can be
            local = _local_directory(Path(uri))
    if local is not None:
        yield OpenedProject(root=local, shown=local)
        return
    from mlproj.config import load_settings
    from mlproj.runner.interrupts import termination_raised
    from mlproj.source.checkouts import named_by_source
    from mlproj.source.fetching import fetch, release

    settings = load_settings()
    with termination_raised():
        checkout = fetch(uri, version, settings=settings)
        try:
            with named_by_source(checkout):
                yield OpenedProject(root=checkout.root, shown=Path())
        finally:
            release(checkout, settings=settings)


def _local_directory(path: Path) -> Path | None:
    """The directory itself, or that of an MLproject file that was named instead; None for a bare repository."""
    if (path / "HEAD").is_file():
        from mlproj.source.fetching import is_bare

        return None if is_bare(path) else path
    if path.is_dir():
        return path
    if path.name.lower() in {"mlproject", "mlproject.yaml", "mlproject.yml"} and path.is_file():
        return path.parent
    return None
