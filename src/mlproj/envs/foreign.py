"""Locks that were made on another platform: what they may serve here, and how it is said that they do not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlproj.envs.platforms import this_platform
from mlproj.envs.python.versions import minor
from mlproj.envs.values import Lock
from mlproj.errors import EnvironmentFailedError, ForeignPlatformError


@contextmanager
def naming_platform(lock: Lock) -> Iterator[None]:
    """What goes wrong with a lock of another platform is told as that, and not as the package's fault."""
    try:
        yield
    except EnvironmentFailedError as error:
        if lock.platform == this_platform():
            raise
        raise ForeignPlatformError(
            f"the lock was made for {lock.platform} and does not serve {this_platform()}: {error.message}",
            where=error.where,
            hint=f"try it on {lock.platform}",
            detail=error.detail,
            log=error.log,
        ) from error


def check_complete(prefix: Path, python: str, lock: Lock) -> None:
    """Raise ForeignPlatformError if a lock of another platform lacks what its packages ask for on this one.

    `python` is the version of the environment's interpreter.
    """
    if lock.platform == this_platform():
        return
    missing = next(missing_requirements(prefix, python), None)
    if missing is not None:
        package, requirement = missing
        raise ForeignPlatformError(f"{package} asks for {requirement} here, which is not in it")


def missing_requirements(prefix: Path, python: str) -> Iterator[tuple[str, str]]:
    """The packages of an environment with what they ask for on this machine and is not installed beside them."""
    from importlib.metadata import distributions

    from packaging.markers import default_environment
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    places = [str(place) for place in prefix.glob("lib/python*/site-packages")]
    found = {canonicalize_name(one.name): one for one in distributions(path=places) if one.name}
    given = {name: str(value) for name, value in default_environment().items()}
    given |= {"python_full_version": python, "python_version": minor(python), "extra": ""}
    for name, one in sorted(found.items()):
        for text in one.requires or ():
            try:
                asked = Requirement(text)
            except InvalidRequirement:
                continue
            needed = asked.marker is None or asked.marker.evaluate(given)
            if needed and canonicalize_name(asked.name) not in found:
                yield name, asked.name
