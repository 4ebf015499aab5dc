"""Collects what is found wrong with a project while its file is read."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from mlproj.project.document import Item
from mlproj.project.model import Diagnostic, Severity


@dataclass(slots=True)
class Findings:
    """Diagnostics of one file. `within` gives a view for one entry point that collects into the same list."""

    file: Path
    entry_point: str | None = None
    found: list[Diagnostic] = field(default_factory=list)

    def within(self, entry_point: str) -> "Findings":
        return replace(self, entry_point=entry_point)

    def error(self, item: Item | None, message: str, *, hint: str | None = None, at_run: bool = False) -> None:
        """Something that MLflow refuses or crashes on; `at_run` if only running the entry point shows it."""
        self._add(Severity.ERROR, item, message, hint, at_run=at_run)

    def warn(self, item: Item | None, message: str, *, hint: str | None = None, at_run: bool = False) -> None:
        """Something that is ignored; `at_run` if whoever runs the entry point should hear of it."""
        self._add(Severity.WARNING, item, message, hint, at_run=at_run)

    def _add(
        self, severity: Severity, item: Item | None, message: str, hint: str | None, *, at_run: bool = False
    ) -> None:
        self.found.append(
            Diagnostic(
                severity=severity,
                message=message,
                hint=hint,
                file=self.file,
                line=item.line if item else 0,
                column=item.column if item else 0,
                entry_point=self.entry_point,
                at_run=at_run,
            )
        )
