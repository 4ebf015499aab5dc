"""Calls of a store that are tried again when another writer, or a restart of the server, came between."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from mlproj.errors import StoreUnavailableError
from mlproj.tracking.sql.postgresql.database import PostgresDatabase
from mlproj.tracking.sql.postgresql.faults import PASSING

ATTEMPTS = 7
PAUSE = 0.03
ONCE = frozenset({"transaction", "close"})
Result = TypeVar("Result")


class Repeating:
    """A store, or a part of one, whose every call is one transaction: so a call is what can be tried again."""

    def __init__(self, inner: object, database: PostgresDatabase) -> None:
        self._inner = inner
        self._database = database

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "registry":
            return Repeating(found, self._database)
        if name in ONCE or not callable(found):
            return found

        @wraps(found)
        def call(*arguments: Any, **options: Any) -> Any:
            return repeatedly(self._database, lambda: found(*arguments, **options))

        return call


def repeatedly(database: PostgresDatabase, call: Callable[[], Result]) -> Result:
    """Call again, a little later each time, while what failed may pass. A part of a transaction is never repeated."""
    attempts = 1 if database.in_transaction() else ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except StoreUnavailableError as error:
            if attempt == attempts or not isinstance(error.__cause__, PASSING):
                raise
        time.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        database.refresh()
    raise AssertionError("the last attempt returns or raises")
