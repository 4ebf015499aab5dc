"""What is around a run: the machine, the system, the packages of an environment that nobody locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Thread

from mlproj.config import Settings
from mlproj.envs.python.installed import Installed, installed, packages_below
from mlproj.envs.values import Environment
from mlproj.record.values import Hardware, System
from mlproj.system.facts import read_machine

PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`python` is the caller's own, if the command runs in that."""

    hardware: Hardware
    system: System
    python: Installed | None = None
    packages: Mapping[str, str] = field(default_factory=dict)


class Look:
    """Looks around on a thread of its own while the command runs."""

    def __init__(self, environment: Environment, settings: Settings) -> None:
        self._environment = environment
        self._settings = settings
        self._found: Surroundings | None = None
        self._thread = Thread(target=self._run, name="mlproj-surroundings", daemon=True)
        self._thread.start()

    def found(self) -> Surroundings | None:
        """What was found; None if that takes too long."""
        self._thread.join(PATIENCE)
        return self._found

    def _run(self) -> None:
        self._found = look_around(self._environment, self._settings)


def look_around(environment: Environment, settings: Settings) -> Surroundings:
    """The machine, and what is installed in the environment."""
    machine = read_machine(settings.environ)
    python = installed(settings.environ, settings=settings) if environment.manager == "local" else None
    packages = python.packages if python is not None else {}
    if environment.prefix is not None:
        packages = packages_below(environment.prefix)
    return Surroundings(
        hardware=Hardware(
            cpu=machine.cpu,
            cpus=machine.cpus,
            memory=machine.memory,
            gpus=machine.gpus,
            gpu_driver=machine.gpu_driver,
        ),
        system=System(os=machine.os, libc=machine.libc, machine=machine.machine, kernel=machine.kernel),
        python=python,
        packages=packages,
    )
