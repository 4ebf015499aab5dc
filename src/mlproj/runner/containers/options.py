"""The options of `docker run` that a run was given, for its record, and from there for a new run. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from mlproj.backends.docker_arguments import long_name
from mlproj.errors import NotRecordedError
from mlproj.runner.params import MASK, redacted, shown_variable

VARIABLES = "env"


def recorded_options(
    given: Mapping[str, object], *, environ: Mapping[str, str], secrets: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The options by their long names, each with its values as texts; what is a secret is masked."""
    secrets = tuple(secrets)
    found: dict[str, tuple[str, ...]] = {}
    for name, value in given.items():
        texts = [one for one in (value if isinstance(value, list | tuple) else [value]) if one not in {None, False}]
        if not texts:
            continue
        known = long_name(name)
        shown = (_shown(known, "true" if one is True else str(one), environ, secrets) for one in texts)
        found[known] = (*found.get(known, ()), *shown)
    return found


def options_again(recorded: Mapping[str, tuple[str, ...]], environ: Mapping[str, str]) -> dict[str, object]:
    """The options as they are given; a variable that held a secret is the caller's own.

    Raises NotRecordedError for one that is not set, and for an option with a secret in it.
    """
    return {name: list(_again(name, texts, environ)) for name, texts in recorded.items()}


def _shown(name: str, text: str, environ: Mapping[str, str], secrets: tuple[str, ...]) -> str:
    if name != VARIABLES:
        return redacted(text, secrets)
    variable, equals, value = text.partition("=")
    if not equals and variable not in environ:
        return text
    return f"{variable}={shown_variable(variable, value if equals else environ[variable], secrets)}"


def _again(name: str, texts: tuple[str, ...], environ: Mapping[str, str]) -> Iterator[str]:
    for text in texts:
        variable = text.partition("=")[0]
        if MASK not in text:
            yield text
        elif name == VARIABLES and variable in environ:
            yield variable
        elif name == VARIABLES:
            raise NotRecordedError(
                f"the container's variable {variable} held a secret and is not recorded", hint="set it, and try again"
            )
        else:
            raise NotRecordedError(f"the container option -A {name} held a secret and is not recorded")
