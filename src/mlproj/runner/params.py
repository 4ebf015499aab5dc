"""What of the parameters may be kept: no secrets, no credentials in URLs, nothing with `log: false`. Pure."""

from collections.abc import Iterable

from mlproj.errors import InvalidValueError
from mlproj.project.model import BoundParameter, ParameterType
from mlproj.source.capture.secret_files import is_secret_name
from mlproj.source.credentials import split_credentials, strip_credentials
from mlproj.tracking.validation import check_key

SHORTEST_SECRET = 6
MASK = "[secret]"


def loggable_params(parameters: Iterable[BoundParameter]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The params to record, and the names that no store would take."""
    params: dict[str, str] = {}
    refused: list[str] = []
    for parameter in parameters:
        if parameter.secret or not parameter.log:
            continue
        try:
            check_key(parameter.name, "param")
        except InvalidValueError:
            refused.append(parameter.name)
        else:
            params[parameter.name] = shown_value(parameter)
    return params, tuple(refused)


def shown_value(parameter: BoundParameter) -> str:
    """The value as given; of a URL without its credentials."""
    is_url = parameter.type in {ParameterType.PATH, ParameterType.URI}
    return strip_credentials(parameter.value) if is_url else parameter.value


def shown_variable(name: str, value: str | None, secrets: Iterable[str]) -> str | None:
    """The value of a declared environment variable; masked if its name or the value says that it is a secret."""
    if value is None:
        return None
    if is_secret_name(name):
        return MASK
    return redacted(strip_credentials(value), secrets)


def secret_values(parameters: Iterable[BoundParameter]) -> tuple[str, ...]:
    """Every text that must not be kept: values of secrets, and passwords in URLs."""
    found = []
    for parameter in parameters:
        if parameter.secret:
            found.append(parameter.value)
        elif parameter.type in {ParameterType.PATH, ParameterType.URI}:
            found.append(split_credentials(parameter.value)[1].password or "")
    return tuple(text for text in found if len(text) >= SHORTEST_SECRET)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret masked."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
