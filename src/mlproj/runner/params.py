"""Which parameters the store gets to see: the raw values, but no secrets and nothing with `log: false`. Pure."""

from collections.abc import Iterable

from mlproj.errors import InvalidValueError
from mlproj.project.model import BoundParameter
from mlproj.tracking.validation import check_key


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
            params[parameter.name] = parameter.value
    return params, tuple(refused)
