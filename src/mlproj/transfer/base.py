"""What runs can be imported from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlproj.tracking.base import Artifacts
from mlproj.tracking.entities import Experiment, LifecycleStage, LoggedModel, Metric, ModelVersion, RegisteredModel, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A logged model; its `experiment_id` is the source's, its stage is kept beside it."""

    model: LoggedModel
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE


class Source(Protocol):
    """Experiments, runs and models of another store, read only. Ids of experiments are the source's own.

    `notes` gathers what could not be read, one line each. Raises TrackingError when the source itself fails.
    """

    uri: str
    notes: list[str]

    def experiments(self) -> Iterable[Experiment]:
        """All of them, deleted ones too."""
        ...

    def runs(self, experiment_id: str) -> Iterator[Run]:
        """The runs of an experiment, deleted ones too."""
        ...

    def points(self, run: Run) -> Iterator[Metric]:
        """Every point of every metric of a run."""
        ...

    def artifacts(self, uri: str, *, run_id: str = "", model_id: str = "") -> Artifacts | None:
        """What lies behind the artifact URI of a run or model; None if the source has no files at all."""
        ...

    def link(self, uri: str) -> str | None:
        """An artifact URI by which another store can find the files where they are; None if there is none."""
        ...

    def logged_models(self, experiment_id: str) -> Iterable[FoundModel]:
        """Deleted ones too, as far as they can be found: some sources know them by the runs that were read before."""
        ...

    def registered_models(self) -> Iterable[tuple[RegisteredModel, Sequence[ModelVersion]]]: ...

    def close(self) -> None: ...
