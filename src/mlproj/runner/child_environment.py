"""The environment variables of the command. Pure: a mapping in, a mapping out."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from mlproj.envs.values import Environment

LOOPBACK = ("127.0.0.1", "localhost")


def child_environment(
    caller: Mapping[str, str],
    *,
    environment: Environment,
    tracking_uri: str,
    run_id: str,
    experiment_id: str,
    env_manager: str | None = None,
    secrets: Mapping[str, str],
    seeds: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """What the command gets: the caller's variables, the environment's, and where to log.

    An experiment's name goes, since a client refuses name and id together. A loopback server must not be asked for
    through a proxy. The env manager that was chosen by an option is handed on to runs started inside. `seeds`
    are the variables by which programs learn of a seed.
    """
    variables = {name: value for name, value in caller.items() if name not in environment.unset}
    variables |= {**environment.variables, **(seeds or {})}
    for twin in ("MLFLOW", "MLPROJ"):
        variables.pop(f"{twin}_EXPERIMENT_NAME", None)
        variables[f"{twin}_TRACKING_URI"] = tracking_uri
        variables[f"{twin}_RUN_ID"] = run_id
        variables[f"{twin}_EXPERIMENT_ID"] = experiment_id
    variables |= {"MLPROJ_EXECUTABLE": executable(caller), "MLPROJ_PYTHON": sys.executable}
    variables["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    if env_manager:
        variables["MLPROJ_ENV_MANAGER"] = env_manager
    return {**variables, **without_proxy(variables), **secrets}


def without_proxy(variables: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY and no_proxy with the loopback names added to what is there."""
    given = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    joined = ",".join([*hosts, *(host for host in LOOPBACK if host not in hosts)])
    return {"NO_PROXY": joined, "no_proxy": joined}


def executable(caller: Mapping[str, str]) -> str:
    """The `mlproj` program that a command may call: the one beside our interpreter, else the one on PATH."""
    beside = Path(sys.executable).parent / "mlproj"
    if os.access(beside, os.X_OK):
        return str(beside)
    return shutil.which("mlproj", path=caller.get("PATH")) or "mlproj"
