"""A run between its creation and its end."""

from dataclasses import dataclass
from pathlib import Path

from mlproj.config import Settings
from mlproj.runner.files import RunFiles
from mlproj.runner.recording.progress import RunProgress
from mlproj.runner.values import Prepared, Reporter
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Run


@dataclass(slots=True, kw_only=True)
class LiveRun:
    """What everything that happens to a run needs. `directory` is the job's own, on this machine.

    `files_complete` says that all of the run's files are where they are kept.
    """

    prepared: Prepared
    store: Store
    run: Run
    directory: Path
    reporter: Reporter
    progress: RunProgress
    files: RunFiles | None = None
    command_exit_code: int | None = None
    files_complete: bool = False

    @property
    def settings(self) -> Settings:
        return self.prepared.settings

    @property
    def run_id(self) -> str:
        return self.run.run_id
