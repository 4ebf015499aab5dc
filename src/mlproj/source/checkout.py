"""What fetching gives: a directory that holds the code."""

from dataclasses import dataclass
from pathlib import Path

from mlproj.record.values import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A project's directory at a commit.

    `root` is the project's directory (the subdirectory, if one was asked for), `top` the directory of the repository,
    archive or work tree. `owned` is true for a checkout of the run's own, which `source.release` removes or keeps.
    """

    root: Path
    top: Path
    source: Source
    owned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What a run changed in its own checkout: paths relative to `top`. Nothing left: the checkout was removed."""

    top: Path
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the checkout is still there because of what the run left."""
        return bool(self.new or self.changed or self.deleted)
