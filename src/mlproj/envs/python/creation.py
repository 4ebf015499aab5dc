"""Creating an empty virtual environment."""

from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.directories import home_variables
from mlproj.envs.python.installer import Task
from mlproj.envs.transcripts import append
from mlproj.errors import BuildError

if TYPE_CHECKING:
    from python_discovery import PythonInfo
    from virtualenv.config.cli.parser import VirtualEnvOptions
    from virtualenv.create.creator import Creator


def create(task: Task, prefix: Path) -> None:
    """Create it with virtualenv, in this process: a process of its own costs 80 ms more."""
    append(task.log, ["virtualenv", "--no-seed", "--python", str(task.interpreter.path), str(prefix)], "")
    environ = {**task.settings.environ, **home_variables(task.settings)}
    try:
        if not _create_directly(task, prefix, environ):
            _create_by_command_line(task, prefix, environ)
    except (RuntimeError, SystemExit, ValueError) as error:
        raise BuildError(
            f"virtualenv cannot create an environment for Python {task.interpreter.version}",
            where=str(task.interpreter.path),
            detail=str(error),
            log=task.log,
        ) from error


def _create_directly(task: Task, prefix: Path, environ: dict[str, str]) -> bool:
    """What virtualenv's session does, for every interpreter that a creator of its own fits; false for others.

    Its command line takes 100 ms to look through all installed packages for plugins, and reads the user's
    configuration, which must not change what a lock means.
    """
    from python_discovery import get_interpreter
    from virtualenv.activation.bash import BashActivator
    from virtualenv.app_data.via_disk_folder import AppDataDiskFolder
    from virtualenv.config.cli.parser import VirtualEnvOptions

    app_data = AppDataDiskFolder(str(task.settings.cache_dir / "virtualenv"))
    interpreter = get_interpreter(str(task.interpreter.path), [], app_data, environ)
    options = VirtualEnvOptions(dest=str(prefix), clear=False, no_vcs_ignore=True, venv_redirect=False, prompt=None)
    options.app_data, options.env, options.system_site = app_data, environ, False
    options.set_src("symlinks", True, "default")
    creator = None if interpreter is None else _creator(interpreter, options)
    if creator is None:
        return False
    creator.run()
    BashActivator(options).generate(creator)
    creator.pyenv_cfg.write()
    return True


def _creator(interpreter: "PythonInfo", options: "VirtualEnvOptions") -> "Creator | None":
    """The one that virtualenv takes for the interpreter, if it can make links."""
    from virtualenv.create.via_global_ref.builtin.cpython.cpython3 import CPython3Posix
    from virtualenv.create.via_global_ref.builtin.cpython.mac_os import CPython3macOsBrew, CPython3macOsFramework

    for kind in (CPython3macOsBrew, CPython3macOsFramework, CPython3Posix):
        meta = kind.can_create(interpreter)
        if meta is not None and meta.can_symlink and not getattr(meta, "error", None):  # typed as None always
            options.meta = meta
            return kind(options, interpreter)
    return None


def _create_by_command_line(task: Task, prefix: Path, environ: dict[str, str]) -> None:
    import os

    from virtualenv import cli_run

    words = ["--no-seed", "--no-vcs-ignore", "--no-venv-redirect", "--python", str(task.interpreter.path)]
    words += ["--app-data", str(task.settings.cache_dir / "virtualenv"), "--activators", "bash", str(prefix)]
    clean = {key: value for key, value in environ.items() if not key.startswith("VIRTUALENV_")}
    cli_run(words, setup_logging=False, env={**clean, "VIRTUALENV_CONFIG_FILE": os.devnull})
