"""Finding the first runs of a search.

What is rare is found through its own index, then sorted. What is common is met soon on a walk through an index that is
in the order wanted: the one of time, or the one of the values that runs are ordered by. How many hits are still rare
depends on how long the walk would be: it ends sooner the more hits there are.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

from mlproj.tracking.sql.conditions import Condition
from mlproj.tracking.sql.dialect import INDEXED, LISTED, LONG, many
from mlproj.tracking.sql.search_absence import BLOCK, Absence, absent_among, absent_from, count_absent
from mlproj.tracking.sql.search_by_time import COLUMNS, TimeWalk, ids_of
from mlproj.tracking.sql.search_clauses import Clause, all_of, with_attribute, with_number, with_text, without
from mlproj.tracking.sql.search_orders import MISSING, VALUE, Hit, Key, Position, Rank, beyond, hit_of, joined, sort
from mlproj.tracking.sql.session import Session

FEWEST, MOST = 200, 20_000
STEPS = 8
"""How many runs a walk passes in the time that it takes to sort one hit, about."""
NEWEST, OLDER, SHARE = range(512), range(512, 2048), 8
"""If one in `SHARE` of the newest runs lacks a key, a walk meets enough of them soon."""


class Walk:
    """One search, for the first `size` runs. `scope` holds for each of them."""

    def __init__(self, sql: Session, *, scope: Clause, size: int) -> None:
        self._sql = sql
        self._scope = scope
        self._size = size
        self._last = sql.execute("SELECT max(id) FROM runs").fetchone()[0] or 0
        self._rare = min(max(isqrt(size * self._last // STEPS), FEWEST), MOST)
        self._far = self._rare * STEPS * 2
        self._by_time = TimeWalk(sql, scope=scope, far=self._far, most=max(MOST, self._last // 3))

    def hits(self, clauses: Sequence[Clause], keys: Sequence[Key], after: Position | None) -> list[Hit]:
        return self._ranked((), clauses, keys, after, self._size)

    def _ranked(
        self, common: Sequence[Clause], new: Sequence[Clause], keys: Sequence[Key], after: Position | None, limit: int
    ) -> list[Hit]:
        """The first hits; of the `common` clauses it is known that they are not rare."""
        for clause in new:
            if (found := self._if_rare(clause)) is not None:
                others = [other for other in (*common, *new) if other not in {clause, self._scope}]
                hits = self._sorted(found, others if clause is self._scope else [self._scope, *others], keys)
                return (beyond(hits, after, keys) if after else hits)[:limit]
        clauses = [*common, *(clause for clause in new if clause is not self._scope)]
        return self._by_value(clauses, keys, after, limit) if keys else self._by_time.hits(clauses, after, limit)

    def _if_rare(self, clause: Clause) -> list[int] | None:
        if clause.absence is None:
            return ids_of(self._sql, clause, self._rare)
        return self._if_absent(clause, clause.absence)

    def _if_absent(self, clause: Clause, absence: Absence) -> list[int] | None:
        """A sample tells what is common, counts of all runs what is rare."""
        if self._often_absent(absence):
            return None
        counts = count_absent(self._sql, absence, self._last)
        few = min(max(self._rare, counts.steps(self._size) // STEPS), MOST)
        if counts.total <= few and len(counts.lacking) * BLOCK <= few * STEPS:
            return absent_from(self._sql, absence, counts.ranges())
        return ids_of(self._sql, clause, self._rare)

    def _often_absent(self, absence: Absence) -> bool:
        """Whether a walk would soon meet enough runs that lack the key.

        The newest may lack what they are about to get: if there are not many, they do not count.
        """
        scope = self._scope.indexed or self._scope.holds
        if absent_among(self._sql, absence, scope, NEWEST) * SHARE >= len(NEWEST):
            return True
        older = absent_among(self._sql, absence, scope, OLDER)
        return older * self._far >= self._size * len(OLDER)

    def _sorted(self, runs: Sequence[int], clauses: Sequence[Clause], keys: Sequence[Key]) -> list[Hit]:
        """Those of the runs for which the clauses hold, in order."""
        if not runs:
            return []
        columns, joins, values = joined(keys)
        holds = all_of(*clauses)
        statement = (
            f"SELECT {COLUMNS}{columns} FROM {LISTED} i CROSS JOIN runs r{joins} WHERE r.id = i.id AND {holds.sql}"  # noqa: S608
        )
        hits = [hit_of(row) for row in self._sql.execute(statement, (many(runs), *values, *holds.values))]
        sort(hits, keys)
        return hits

    def _by_value(
        self, clauses: Sequence[Clause], keys: Sequence[Key], after: Position | None, limit: int
    ) -> list[Hit]:
        """Group by group of the first key: runs of one value, then those with NaN, then those without the key."""
        key = keys[0]
        hits: list[Hit] = []
        place = key.places[0]
        value = None
        if after is not None:
            place, value = after.ranks[0]
            hits += self._group(clauses, keys, after.ranks[0], after, limit)
        if place == VALUE:
            hits += self._values(clauses, keys, value, limit - len(hits))
        for later in key.places:
            if later > place and len(hits) < limit:
                hits += self._group(clauses, keys, (later, None), None, limit - len(hits))
        return hits

    def _values(self, clauses: Sequence[Clause], keys: Sequence[Key], value: Any, limit: int) -> list[Hit]:
        """Runs with values beyond `value`."""
        hits: list[Hit] = []
        while len(hits) < limit:
            wanted = limit - len(hits)
            batch = self._next(clauses, keys[0], value, wanted)
            if len(batch) < wanted:
                return hits + self._sorted([run for _, run in batch], (), keys)
            value = batch[-1][0]
            hits += self._sorted([run for other, run in batch if other != value], (), keys)
            hits += self._group(clauses, keys, (VALUE, value), None, limit - len(hits))
        return hits

    def _group(
        self, clauses: Sequence[Clause], keys: Sequence[Key], rank: Rank, after: Position | None, limit: int
    ) -> list[Hit]:
        """Runs that stand at the same place by the first key, in the order of the others."""
        rest = replace(after, ranks=after.ranks[1:]) if after else None
        hits = self._ranked(clauses, [self._at(keys[0], rank)], keys[1:], rest, limit)
        return [hit._replace(ranks=(rank, *hit.ranks)) for hit in hits]

    def _at(self, key: Key, rank: Rank) -> Clause:
        place, value = rank
        if key.table is None:
            return with_attribute(key.name, value)
        if place == MISSING:
            return without(key.table, key.name, self._scope)
        if key.table == "latest_metrics":
            return with_number(key.name, value)
        return with_text(key.table, key.name, value)

    def _next(self, clauses: Sequence[Clause], key: Key, value: Any, limit: int) -> list[tuple[Any, int]]:
        """Values and runs in the order of a key, beyond a value.

        An index may know only how long texts begin: where those are met, all are compared.
        """
        batch = self._indexed(clauses, key, value, limit, long=key.long)
        if key.long and any(len(text) >= INDEXED for text, _ in batch):
            return self._indexed(clauses, key, value, limit, long=False)
        return batch

    def _indexed(
        self, clauses: Sequence[Clause], key: Key, value: Any, limit: int, *, long: bool
    ) -> list[tuple[Any, int]]:
        column = f"r.{key.name}" if key.table is None else "x.value"
        marked = f"{column} {LONG}" if long else column
        where = all_of(self._scope, *clauses)
        if key.name == "start_time" and key.table is None and self._scope.indexed is not None:
            where = self._scope.indexed & all_of(*clauses)
        if key.table is None:
            source, run = "runs r", "r.id"
        else:
            source, run = f"{key.table} x CROSS JOIN runs r", "x.run"
            where = Condition(sql="r.id = x.run AND x.key = ?", values=(key.name,)) & where
        if key.table == "latest_metrics":
            where = Condition(sql="x.is_nan = 0") & where
        if value is None:
            where = Condition(sql=f"{column} IS NOT NULL") & where
        else:
            where = Condition(sql=f"{marked} {'>' if key.ascending else '<'} ?", values=(value,)) & where
        statement = f"SELECT {column}, {run} FROM {source} WHERE {where.sql} ORDER BY {marked} {key.direction} LIMIT ?"  # noqa: S608
        return self._sql.execute(statement, (*where.values, limit)).fetchall()
