"""Creating an empty virtual environment."""

from pathlib import Path

from mlproj.envs.installer import Task
from mlproj.envs.transcripts import append
from mlproj.errors import BuildError


def create(task: Task, prefix: Path) -> None:
    """Create it with virtualenv, in this process: a process of its own costs 80 ms more."""
    from virtualenv import cli_run

    words = ["--no-seed", "--no-vcs-ignore", "--python", str(task.interpreter.path)]
    words += ["--app-data", str(task.settings.cache_dir / "virtualenv"), "--activators", "bash", str(prefix)]
    environ = {key: value for key, value in task.settings.environ.items() if not key.startswith("VIRTUALENV_")}
    append(task.log, ["virtualenv", *words], "")
    try:
        cli_run(words, setup_logging=False, env=environ)
    except (RuntimeError, SystemExit, ValueError) as error:
        raise BuildError(
            f"virtualenv cannot create an environment for Python {task.interpreter.version}",
            where=str(task.interpreter.path),
            detail=str(error),
            log=task.log,
        ) from error
