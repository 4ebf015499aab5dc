"""The earlier run that a run is most like: the one to compare it with."""

from mlproj.errors import NotFoundError
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Run

LOOKED_AT = 200
_SAME = ("mlflow.source.name", "mlflow.project.entryPoint", "mlflow.source.git.commit", "mlproj.env.key")


def nearest_earlier(run: Run, store: Store) -> str:
    """The id of the run of the same project and experiment before this one that has most in common with it.

    Raises NotFoundError if there is none.
    """
    page = store.search_runs([run.experiment_id], order_by=["attributes.start_time DESC"], max_results=LOOKED_AT)
    earlier = [
        other
        for other in page.items
        if other.run_id != run.run_id and other.start_time <= run.start_time and _project(other) == _project(run)
    ]
    if not earlier:
        raise NotFoundError(
            f"run {run.run_id[:8]} has no earlier run of the same project to compare it with",
            hint="name two runs: mlproj why RUN_A RUN_B",
        )
    return max(earlier, key=lambda other: (_likeness(other, run), other.start_time)).run_id


def _project(run: Run) -> str | None:
    return run.tags.get("mlflow.source.name")


def _likeness(other: Run, run: Run) -> int:
    params = sum(other.params.get(name) == value for name, value in run.params.items())
    return params + sum(other.tags.get(name) == run.tags.get(name) for name in _SAME)
