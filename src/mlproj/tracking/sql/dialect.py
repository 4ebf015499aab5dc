"""The few places where databases differ, written as SQLite wants them.

Another database finds these phrases and values in a statement and puts its own in their place.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

IDENTITY = "INTEGER PRIMARY KEY AUTOINCREMENT"
CLUSTERED = "WITHOUT ROWID"
LONG = "/* long */"
"""Follows a column whose texts may be longer than an index takes in some databases; ordering by it orders texts
by their beginnings."""
INDEXED = 200
"""How many characters of such a text an index keeps."""
BY_TEXT = "/* by text */"
"""Follows `SELECT x.run` where runs are found by their texts: some databases look for short and for long ones apart."""
EACH = "/* each */"
"""Ends what is asked of each row that a walk meets: some databases would rather read all that could be found there."""
ELSEWHERE = "-- elsewhere: "
"""Begins a statement that SQLite has no use for; to SQLite it is a comment."""
AMONG = "IN (SELECT value FROM json_each(?))"
GLOB = "GLOB ?"
ILIKE = "LIKE ?"
LISTED = "(SELECT value AS id FROM json_each(?))"
"""Numbers that are bound with `many`, as a table of one column; SQLite reads it first in a CROSS JOIN."""
BESIDE = "/* beside */"
"""Follows a column after a lone `min` or `max`: its value in the row that has the extreme, as SQLite gives it; other
databases may give it as a float."""
_ROW = re.compile(r"VALUES (\([?, ]+\))")
_GLOB = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


@dataclass(frozen=True, slots=True)
class Many:
    """Many values, bound as one."""

    items: tuple[object, ...]

    def __conform__(self, protocol: object) -> str:
        """What sqlite3 binds."""
        return json.dumps(self.items)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The pattern of a LIKE that tells upper from lower case: SQLite's own does not, its GLOB does."""

    text: str

    def __conform__(self, protocol: object) -> str:
        return self.text.translate(_GLOB)


def lacking(table: str) -> str:
    """The condition that a run `r` is none of those with a key; SQLite does not look each of them up for that."""
    return f"r.id NOT IN (SELECT x.run FROM {table} x WHERE x.key = ?)"  # noqa: S608 - a table of ours


def lowest(column: str, beside: str) -> str:
    """The lowest value of a group, and what another column has there."""
    return f"min({column}), {beside} {BESIDE}"


def highest(column: str, beside: str) -> str:
    return f"max({column}), {beside} {BESIDE}"


def repeated(statement: str, rows: int) -> str:
    """An INSERT of one row as an INSERT of many."""
    return _ROW.sub(lambda match: f"VALUES {', '.join([match[1]] * rows)}", statement)


def any_of(column: str) -> str:
    """A condition on one of many values, which `many` binds as one."""
    return f"{column} {AMONG}"


def many(values: Iterable[object]) -> Many:
    return Many(tuple(values))
