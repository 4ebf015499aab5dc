"""Which installed conda program is asked for, and where it is."""

import os
import shutil
from pathlib import Path

from mlproj.config import Settings
from mlproj.errors import EnvironmentSpecError

_KNOWN = ("conda", "mamba", "micromamba")


def asked_program(settings: Settings) -> str | None:
    """The program that is to be used instead of the built-in solver, as it was asked for; None for the built-in one.

    MLflow's own variables ask for one too. CONDA_EXE does not: every shell with a conda in it has that set.
    """
    environ = settings.environ
    if settings.conda_program:
        return settings.conda_program
    if environ.get("MLFLOW_CONDA_CREATE_ENV_CMD"):
        return environ["MLFLOW_CONDA_CREATE_ENV_CMD"]
    return "conda" if environ.get("MLFLOW_CONDA_HOME") else None


def find_program(settings: Settings) -> Path:
    """Where the program that is asked for is. Raises EnvironmentSpecError that says where it was looked for.

    A bare name is looked for in MLFLOW_CONDA_HOME, then beside CONDA_EXE, then on PATH, as MLflow looks.
    """
    name = asked_program(settings) or "conda"
    environ = settings.environ
    if os.sep in name:
        found = Path(name).expanduser().absolute()
        if not _runs(found):
            raise _missing(f"there is no conda program at {found}", settings)
        return found
    if home := environ.get("MLFLOW_CONDA_HOME"):
        found = Path(home).expanduser().absolute() / "bin" / name
        if not _runs(found):
            raise _missing(f"there is no program {found}, and MLFLOW_CONDA_HOME says that there is", settings)
        return found
    if environ.get("CONDA_EXE") and _runs(beside := Path(environ["CONDA_EXE"]).parent / name):
        return beside.absolute()
    if on_path := shutil.which(name, path=environ.get("PATH", "")):
        return Path(on_path).absolute()
    raise _missing(f"the conda program {name!r} is not on this machine", settings)


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _missing(message: str, settings: Settings) -> EnvironmentSpecError:
    origin = settings.origins["conda_program"].origin if settings.conda_program else "MLFLOW_CONDA_*"
    origin = "--conda-program" if origin == "option" else origin
    return EnvironmentSpecError(
        message, where=origin, hint=f"name one of {', '.join(_KNOWN)}, or leave it out: mlproj needs none of them"
    )
