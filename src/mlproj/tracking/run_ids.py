"""Run ids as people type them."""

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.base import Store

SHORTEST = 4
_SHOWN = 5


def resolve_run_id(store: Store, text: str) -> str:
    """The id of the run that `text` is, or begins like no other.

    Raises NotFoundError if there is none, InvalidValueError if there are several or too little was typed.
    """
    if not text:
        raise InvalidValueError("a run id is needed", hint="mlproj runs list")
    found = store.find_runs(text, limit=_SHOWN + 1)
    if text in found:
        return text
    if len(text) < SHORTEST:
        raise InvalidValueError(f"{text!r} is too short for a run id", hint=f"type at least {SHORTEST} characters")
    if not found:
        raise NotFoundError(f"no run has the id {text!r}, or one that begins so", hint="mlproj runs list")
    if len(found) > 1:
        more = ", ..." if len(found) > _SHOWN else ""
        raise InvalidValueError(
            f"{text!r} is the beginning of several run ids: {', '.join(found[:_SHOWN])}{more}",
            hint="type more of the id",
        )
    return found[0]
