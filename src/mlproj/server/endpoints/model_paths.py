"""Logged models whose names have slashes, found below their run.

Scripts of MLflow 2 log a model to a path of its run and load it from there. Clients of version 3 make that path the
name of a logged model, whose files are elsewhere, but look for the path among the run's files all the same.
"""

from mlproj.errors import NotFoundError
from mlproj.server.paths import SCHEME, kept_here
from mlproj.tracking.base import LocalStore

ARTIFACTS = "artifacts"
DEEPEST = 20


def behind(store: LocalStore, path: str) -> str | None:
    """The path of a file of a logged model, from one below its run's artifacts; None if that leads to no model.

    Of several models of a run with one name, the newest counts.
    """
    names = path.split("/")
    for index in [index for index, name in enumerate(names) if index and name == ARTIFACTS]:
        root, below = "/".join(names[: index + 1]), names[index + 1 :]
        experiment_id = _experiment(store, names[index - 1], root)
        if experiment_id is not None:
            return _in_model(store, experiment_id, names[index - 1], below)
    return None


def _experiment(store: LocalStore, run_id: str, root: str) -> str | None:
    """The experiment of a run whose artifacts are at `root`."""
    try:
        run = store.get_run(run_id)
    except NotFoundError:
        return None
    return run.experiment_id if run.artifact_uri == f"{SCHEME}/{root}" else None


def _in_model(store: LocalStore, experiment_id: str, run_id: str, below: list[str]) -> str | None:
    for length in range(2, min(len(below), DEEPEST) + 1):
        name = "/".join(below[:length])
        quoted = name.replace("'", "''")
        found = store.search_logged_models(
            [experiment_id], filter_string=f"name = '{quoted}' AND source_run_id = '{run_id}'", max_results=1
        )
        if found.items:
            return kept_here(found.items[0].artifact_uri, "/".join(below[length:]))
    return None
