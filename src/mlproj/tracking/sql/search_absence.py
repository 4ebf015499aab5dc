"""Finding the runs that lack a key, without looking each of them up.

Neighbouring rows are counted block by block: all runs, and those with the key, which an index has side by side. Only
where the two differ does it take a closer look. Counts tell as well how far a walk from the newest run would go.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from mlproj.tracking.sql.conditions import Condition
from mlproj.tracking.sql.dialect import LISTED, many
from mlproj.tracking.sql.session import Session

BLOCK = 512
"""How many rows are counted at once: few enough to look at, and enough that counting them takes longer than asking."""
INDEXED = frozenset({"params", "tags"})
"""Tables with an index of keys and runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What is lacking: a key of a table that `INDEXED` names."""

    table: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The blocks in which runs lack a key, by their first rows, oldest first, and how many do; of all `blocks`."""

    lacking: tuple[tuple[int, int], ...]
    blocks: int

    @property
    def total(self) -> int:
        return sum(lacking for _, lacking in self.lacking)

    def steps(self, wanted: int) -> int:
        """How many of the newest rows a walk passes until it has met so many, about; all if there are not so many."""
        met = accumulate(lacking for _, lacking in reversed(self.lacking))
        for (first, _), so_far in zip(reversed(self.lacking), met, strict=True):
            if so_far >= wanted:
                return self.blocks * BLOCK - first
        return self.blocks * BLOCK

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Where to look: the first row, and the one behind the last, of blocks that follow each other."""
        begin = end = None
        for first, _ in self.lacking:
            if begin is not None and first != end:
                yield begin, end or begin
                begin = None
            begin, end = first if begin is None else begin, first + BLOCK
        if begin is not None:
            yield begin, end or begin


def absent_among(sql: Session, absence: Absence, scope: Condition, newest: range) -> int:
    """How many of the newest runs, from one place to another, lack the key; `scope` says which runs `r` count."""
    counted = f"(SELECT count(*) FROM {absence.table} x WHERE x.run = n.id AND x.key = ?)"  # noqa: S608 - names of ours
    statement = (
        f"SELECT count(*) FROM (SELECT r.id FROM runs r WHERE {scope.sql}"  # noqa: S608
        f" ORDER BY r.start_time DESC, r.run_id LIMIT ? OFFSET ?) n WHERE {counted} = 0"
    )
    return int(sql.execute(statement, (*scope.values, len(newest), newest.start, absence.key)).fetchone()[0])


def count_absent(sql: Session, absence: Absence, last: int) -> Counts:
    """Of all runs of the store, up to the row `last`, whatever is searched."""
    blocks = range(0, last + 1, BLOCK)
    within = f">= b.id AND {{}} < b.id + {BLOCK}"
    statement = (
        f"SELECT b.id, (SELECT count(*) FROM runs r WHERE r.id {within.format('r.id')})"  # noqa: S608
        f" - (SELECT count(*) FROM {absence.table} x WHERE x.key = ? AND x.run {within.format('x.run')})"
        f" FROM {LISTED} b"
    )
    rows = sql.execute(statement, (absence.key, many(blocks))).fetchall()
    return Counts(lacking=tuple(sorted((first, lacking) for first, lacking in rows if lacking)), blocks=len(blocks))


def absent_from(sql: Session, absence: Absence, ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The runs that lack the key, in some ranges of rows."""
    statement = (
        "SELECT r.id FROM runs r WHERE r.id >= ? AND r.id < ? AND NOT EXISTS"  # noqa: S608
        f" (SELECT 1 FROM {absence.table} x WHERE x.key = ? AND x.run = r.id AND x.run >= ? AND x.run < ?)"
    )
    return [row[0] for begin, end in ranges for row in sql.execute(statement, (begin, end, absence.key, begin, end))]
