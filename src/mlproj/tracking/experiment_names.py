"""Experiments as people name them."""

from mlproj.errors import NotFoundError
from mlproj.tracking.base import Store
from mlproj.tracking.entities import Experiment


def resolve_experiment(store: Store, text: str) -> Experiment:
    """The experiment, deleted or not, that has this name or, failing that, this id; or NotFoundError."""
    found = store.get_experiment_by_name(text) if text else None
    if found is None and text.isascii() and text.isdigit():
        found = store.get_experiment(text)
    if found is None:
        raise NotFoundError(f"no experiment {text!r}", hint="mlproj experiments list --view all")
    return found
