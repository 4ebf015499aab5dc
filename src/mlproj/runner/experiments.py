"""Which experiment a run goes to, and which run it belongs to."""

from collections.abc import Mapping

from mlproj.config import Settings
from mlproj.errors import AlreadyExistsError, InvalidValueError, NotFoundError, UsageError
from mlproj.tracking.base import Store
from mlproj.tracking.entities import DEFAULT_EXPERIMENT_ID, Experiment, LifecycleStage


def choose_experiment(store: Store, *, settings: Settings, project_name: str | None) -> str:
    """The id of the experiment for a new run: by id, by name (created if it is new), after the project, or Default.

    Raises UsageError if a name and an id were given in the same way, NotFoundError for an unknown id.
    """
    by_id, by_name = settings.origins["experiment_id"], settings.origins["experiment_name"]
    if settings.experiment_id and settings.experiment_name:
        if (by_id.origin == "option") == (by_name.origin == "option"):
            raise UsageError(
                f"an experiment is given by id and by name: {settings.experiment_id}, {settings.experiment_name!r}",
                where=" and ".join(sorted({by_id.origin, by_name.origin} - {"option"})) or None,
                hint="give one of them",
            )
        use_id = by_id.origin == "option"
    else:
        use_id = bool(settings.experiment_id)
    if use_id and settings.experiment_id:
        return _active(store.get_experiment(settings.experiment_id)).experiment_id
    return experiment_by_name(store, settings.experiment_name or project_name)


def experiment_by_name(store: Store, name: str | None) -> str:
    """The id of the experiment of that name, created if there is none; Default for no name."""
    if not name:
        return DEFAULT_EXPERIMENT_ID
    found = store.get_experiment_by_name(name)
    if found is None:
        try:
            return store.create_experiment(name)
        except AlreadyExistsError:  # somebody else created it just now
            found = store.get_experiment_by_name(name)
    if found is None:
        raise NotFoundError(f"no experiment named {name!r}")
    return _active(found).experiment_id


def find_parent(store: Store, environ: Mapping[str, str]) -> str | None:
    """The run that we were started in, if the store knows it."""
    run_id = environ.get("MLPROJ_RUN_ID") or environ.get("MLFLOW_RUN_ID")
    if not run_id:
        return None
    try:
        return store.get_run(run_id).run_id
    except (NotFoundError, InvalidValueError):
        return None


def _active(experiment: Experiment) -> Experiment:
    if experiment.lifecycle_stage is LifecycleStage.DELETED:
        raise InvalidValueError(
            f"the experiment {experiment.name!r} is deleted",
            hint=f"mlproj experiments restore {experiment.experiment_id}, or choose another with --experiment-name",
        )
    return experiment
