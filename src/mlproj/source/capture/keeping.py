"""One capture in the making: where it goes, and what may be kept within its limits and without secrets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlproj.config import Settings
from mlproj.record.values import FileFact, NotRecorded
from mlproj.source.capture.leaving_out import LeftOut
from mlproj.source.capture.secret_files import SecretFinder, has_secret_name
from mlproj.source.tree import Tree

FOLDER = "source"
COMMITS = " (commits that the remote lacks)"
"""Behind the path of a repository whose bundle is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLimits:
    """How much is kept of one run's code: bytes and files, over everything that is kept."""

    size: int = 100 << 20
    files: int = 10_000


@dataclass(slots=True, kw_only=True)
class Keeping:
    """One capture in the making: where it goes, what is left of the limits, what was dropped."""

    into: Path
    settings: Settings
    tree: Tree
    finder: SecretFinder
    left_out: LeftOut
    size: int
    files: int
    dropped: list[NotRecorded] = field(default_factory=list)

    def drop(self, path: str, reason: str, sha256: str | None = None) -> None:
        self.dropped.append(NotRecorded(path=path, reason=reason, sha256=sha256))

    def place(self, repository: str, name: str) -> Path:
        folder = self.into / FOLDER
        if repository:
            folder = folder / "submodules" / repository
        return folder / name

    def named(self, path: Path) -> str:
        return path.relative_to(self.into).as_posix()

    def chosen(self, files: Iterable[FileFact]) -> Iterator[FileFact]:
        """Small files first, so that one large one does not push out the rest."""
        return (file for file in sorted(files, key=lambda file: file.size) if self._may_keep(file))

    def _may_keep(self, file: FileFact) -> bool:
        if reason := self._reason_against(file):
            self.drop(file.path, reason, None if reason == "secret" else file.sha256)
            return False
        self.size -= file.size
        self.files -= 1
        return True

    def _reason_against(self, file: FileFact) -> str | None:
        if has_secret_name(file.path):
            return "secret"
        if file.size > self.size:
            return "size"
        if self.files <= 0:
            return "count"
        if file.mode == "link":
            return None
        try:
            return "secret" if self.finder.is_in((self.tree.top / file.path).read_bytes()) else None
        except OSError:
            return "unreadable"
