"""Fetching a Python version that is missing: uv's builds, else conda-forge's."""

from mlproj.config import Settings
from mlproj.envs.python.uv import uv_environ, uv_program
from mlproj.envs.values import Progress
from mlproj.errors import InterpreterError, MlprojError
from mlproj.system.processes import run_program


def fetch(request: str, *, settings: Settings, on_progress: Progress) -> None:
    """Fetch an interpreter to where `interpreters.find` looks. Raises InterpreterError with both reasons."""
    on_progress(f"Python {request} is not on this machine: fetching it (--no-python-download forbids that)")
    try:
        _fetch_from_uv(request, settings)
    except MlprojError as error:
        first = error.detail or error.message
    else:
        return
    from mlproj.envs.python.from_conda import fetch_from_conda

    try:
        fetch_from_conda(request, settings=settings)
    except InterpreterError as error:
        raise InterpreterError(
            f"Python {request} is not on this machine and cannot be fetched",
            hint="install it, or set UV_PYTHON_INSTALL_MIRROR to a mirror of uv's builds",
            detail=f"uv: {_last(first)}\nconda-forge: {_last(error.message)}",
        ) from error


def _fetch_from_uv(request: str, settings: Settings) -> None:
    environ = uv_environ(settings, {"UV_PYTHON_DOWNLOADS": "manual", "UV_PYTHON_INSTALL_BIN": "0"})
    run_program([uv_program(), "python", "install", "--no-progress", request], environ=environ)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
