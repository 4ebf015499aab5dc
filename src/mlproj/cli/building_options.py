"""Options of the commands that resolve and build environments, and what they say as values."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mlproj.envs.values import LockPolicy

Command = TypeVar("Command", bound=Callable[..., object])

SETTINGS_OPTIONS = ("env_manager", "installer", "conda_program", "cuda")

as_of_option = click.option("--as-of", metavar="DATE|COMMIT", help="Resolve as the package index was then.")


def lock_policy_options(command: Command) -> Command:
    """What becomes of a lock: --locked, --update and --as-of."""
    command = as_of_option(command)
    command = click.option("--update", is_flag=True, help="Resolve the environment anew.")(command)
    return click.option("--locked", is_flag=True, help="Use a lock that is there and fresh, or fail; resolve nothing.")(
        command
    )


def building_options(command: Command) -> Command:
    """Who builds the environment, and with what."""
    for option in reversed(
        [
            click.option(
                "--env-manager",
                metavar="NAME",
                help="local, virtualenv, conda or uv (= virtualenv).  [default: what the project declares]",
            ),
            click.option("--installer", metavar="NAME", help="uv or pip.  [default: uv]"),
            click.option("--no-python-download", is_flag=True, help="Never fetch a Python version that is missing."),
            click.option(
                "--conda-program", metavar="PROGRAM", help="An installed conda, mamba or micromamba; else built in."
            ),
            click.option(
                "--cuda",
                metavar="VERSION",
                help="CUDA to resolve conda packages for, or none.  [default: the driver's]",
            ),
        ]
    ):
        command = option(command)
    return command


def building_settings(options: Mapping[str, Any]) -> dict[str, object]:
    """The settings that `building_options` give; UsageError for an environment manager that does not exist."""
    from mlproj.config import ENV_MANAGERS
    from mlproj.errors import UsageError

    given: dict[str, object] = {name: options[name] for name in SETTINGS_OPTIONS}
    if given["env_manager"] not in {None, *ENV_MANAGERS}:
        raise UsageError(f"no such env manager: {given['env_manager']!r}", hint=f"one of {', '.join(ENV_MANAGERS)}")
    if options["no_python_download"]:
        given["python_download"] = False
    return given


def read_lock_policy(options: Mapping[str, Any]) -> "LockPolicy":
    """What `lock_policy_options` say; UsageError for those that make no sense together."""
    from mlproj.envs.values import LockPolicy
    from mlproj.errors import UsageError

    if options["locked"] and (options["update"] or options["as_of"]):
        raise UsageError("--locked resolves nothing, so --update and --as-of cannot go with it", hint="leave one out")
    return LockPolicy(locked=options["locked"], update=options["update"], as_of=options["as_of"])
