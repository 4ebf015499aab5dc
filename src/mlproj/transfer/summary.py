"""What an import did, and whether the counts agree with the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Summary:
    """What an import did. `written` and `present` count runs; the rest is counted of the runs that were written.

    What is `known` was here already.
    """

    experiments: int = 0
    merged: int = 0
    written: int = 0
    present: int = 0
    params: int = 0
    tags: int = 0
    points: int = 0
    datasets: int = 0
    files: int = 0
    bytes: int = 0
    logged_models: int = 0
    known_logged_models: int = 0
    registered_models: int = 0
    known_registered_models: int = 0
    versions: int = 0
    known_versions: int = 0
    disagreements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def runs(self) -> int:
        return self.written + self.present

    def compare(self, what: str, counts: Mapping[str, tuple[int, int]]) -> None:
        """Numbers of things there and here."""
        for name, (there, here) in counts.items():
            if there != here:
                self.disagreements.append(f"{what}: {there} {name} there, {here} here")
