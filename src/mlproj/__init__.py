"""Package machine-learning projects and run them reproducibly.

Attributes are loaded when they are first used: every start of the program imports this file.
"""

from mlproj.version import VERSION

TYPE_CHECKING = False  # typing takes longer to import than the shim of a job may take to start
if TYPE_CHECKING:
    from mlproj.projects import SubmittedRun, run

__version__ = VERSION
__all__ = ["SubmittedRun", "__version__", "run"]


def __getattr__(name: str) -> object:
    if name in {"run", "SubmittedRun"}:
        from mlproj import projects

        return getattr(projects, name)
    if name == "projects":
        from importlib import import_module

        return import_module("mlproj.projects")
    msg = f"module 'mlproj' has no attribute {name!r}"
    raise AttributeError(msg)
