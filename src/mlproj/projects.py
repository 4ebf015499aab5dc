"""The Python call, with the names and keywords of `mlflow.projects`."""


class SubmittedRun:
    """A run that was started."""


def run() -> SubmittedRun:
    """Run an entry point of a project."""
    return SubmittedRun()
