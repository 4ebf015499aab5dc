"""The few places where databases differ, as SQLite wants them."""

import json
from collections.abc import Iterable

IDENTITY = "INTEGER PRIMARY KEY AUTOINCREMENT"
CLUSTERED = "WITHOUT ROWID"
_GLOB = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


def any_of(column: str) -> str:
    """A condition on one of many values, which `many` binds as one."""
    return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - a column of ours


def many(values: Iterable[object]) -> str:
    return json.dumps(list(values))


def like(column: str, pattern: str) -> tuple[str, str]:
    """LIKE that tells upper from lower case: SQLite's own does not, its GLOB does."""
    return f"{column} GLOB ?", pattern.translate(_GLOB)


def ilike(column: str, pattern: str) -> tuple[str, str]:
    return f"{column} LIKE ?", pattern
