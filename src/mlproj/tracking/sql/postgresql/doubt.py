"""Calls whose commit was lost on the way to the server: nobody knows whether they were written.

What such a call changes may be written once more, or looked for: then no run is made twice.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from mlproj.errors import NotFoundError
from mlproj.system.clock import now_ms

REPEATABLE = frozenset(
    {
        *("set_experiment_tag", "update_run", "log_batch", "set_tags", "log_inputs", "log_outputs", "move_run"),
        *("set_logged_model_tags", "log_logged_model_params", "finalize_logged_model", "set_artifact_root"),
        *("import_experiment", "import_run", "import_logged_model", "import_model"),
        *("describe_model", "set_model_tag", "delete_model_tag"),
    }
)
"""Writing the same again changes nothing."""
IDS: Mapping[str, tuple[str, str]] = {"create_run": ("run_id", ""), "create_logged_model": ("model_id", "m-")}
"""Calls that take the id of what they make, so that it can be looked for: the argument, and how ids begin."""

Look = Callable[[], Any]
"""Gives what a call in doubt has made, None if it has made nothing."""


def with_id(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call with the id of what it makes."""
    if name not in IDS:
        return dict(options)
    argument, begins = IDS[name]
    return {argument: f"{begins}{secrets.token_hex(16)}", **options}


def look_for(store: Any, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Look | None:
    """How to find out whether a call was written; None if there is no way. `store` is what the call is made of."""
    since = now_ms()
    if name in REPEATABLE:
        return _nothing
    looks: dict[str, Look] = {
        "create_run": lambda: store.get_run(options["run_id"]),
        "create_logged_model": lambda: store.get_logged_model(options["model_id"]),
        "create_experiment": lambda: _experiment(store, arguments[0], since),
        "create_model": lambda: _since(store.get_model(arguments[0]), since),
        "create_version": lambda: _version(store, arguments, options, since),
    }
    return _unless_missing(looks[name]) if name in looks else None


def _nothing() -> None:
    return None


def _unless_missing(look: Look) -> Look:
    def found() -> Any:
        try:
            return look()
        except NotFoundError:
            return None

    return found


def _since(made: Any, since: int) -> Any:
    return made if made.creation_timestamp >= since else None


def _experiment(store: Any, name: str, since: int) -> str | None:
    found = store.get_experiment_by_name(name)
    return found.experiment_id if found is not None and found.creation_time >= since else None


def _version(registry: Any, arguments: tuple[Any, ...], options: Mapping[str, Any], since: int) -> Any:
    """The newest version, if it is what was asked for."""
    name, source = arguments
    for version in registry.latest_versions(name, ("None",)):
        if version.source == source and version.run_id == options.get("run_id", ""):
            return _since(version, since)
    return None
