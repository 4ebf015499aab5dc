"""Calls of a store that are tried again when another writer, or a restart of the server, came between."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from mlproj.errors import StoreUnavailableError
from mlproj.tracking.sql.postgresql.database import PostgresDatabase
from mlproj.tracking.sql.postgresql.doubt import Look, look_for, with_id
from mlproj.tracking.sql.postgresql.faults import PASSING, InDoubtError, in_doubt

ATTEMPTS = 7
PAUSE = 0.03
PATIENCE = 10.0  # seconds, after which it is the client's turn to try again
ONCE = frozenset({"transaction", "close"})
MOST_DOUBTS = 1000
Result = TypeVar("Result")


class Repeating:
    """A store, or a part of one, whose every call is one transaction: so a call is what can be tried again.

    A call that stays in doubt is remembered: who asks the same again gets what it made, if it made something.
    """

    def __init__(self, inner: object, database: PostgresDatabase) -> None:
        self._inner = inner
        self._database = database
        self._doubts: OrderedDict[str, Look] = OrderedDict()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "registry":
            self.registry = Repeating(found, self._database)
            return self.registry
        if name in ONCE or not callable(found):
            return found

        @wraps(found)
        def call(*arguments: Any, **options: Any) -> Any:
            whole = with_id(name, options)
            look = look_for(self._inner, name, arguments, whole)
            before = self._doubts.pop(_asked(name, arguments, options), None) if self._doubts else None
            try:
                return repeatedly(self._database, lambda: found(*arguments, **whole), look=look, unsettled=before)
            except InDoubtError as error:
                self._remember(_asked(name, arguments, options), error.look)
                raise

        return call

    def _remember(self, asked: str, look: Look | None) -> None:
        if look is not None:
            self._doubts[asked] = look
        while len(self._doubts) > MOST_DOUBTS:
            self._doubts.popitem(last=False)


def _asked(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> str:
    return f"{name} {arguments!r} {options!r}"


def repeatedly(
    database: PostgresDatabase, call: Callable[[], Result], *, look: Look | None = None, unsettled: Look | None = None
) -> Result:
    """Call again, a little later each time, while what failed may pass. A part of a transaction is never repeated.

    `look` finds what a call in doubt has made; without it such a call is not repeated. `unsettled` does so for an
    earlier call like this one. InDoubtError if a doubt stays: its `look` is for the next who asks.
    """
    attempts = 1 if database.in_transaction() else ATTEMPTS
    until = time.monotonic() + PATIENCE
    for attempt in range(1, attempts + 1):
        try:
            if unsettled is not None and (made := unsettled()) is not None:
                return made  # type: ignore[no-any-return] # what the call would have given
            unsettled = None
            return call()
        except StoreUnavailableError as error:
            if isinstance(error, InDoubtError):
                unsettled = look
            passing = unsettled is not None or isinstance(error.__cause__, PASSING)
            if attempt == attempts or not passing or time.monotonic() > until:
                if unsettled is not None:
                    raise in_doubt(database.where, unsettled) from error
                raise
        time.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        database.refresh()
    raise AssertionError("the last attempt returns or raises")
