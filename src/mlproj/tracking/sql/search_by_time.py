"""The newest of the runs that a search finds."""

from collections.abc import Sequence

from mlproj.tracking.sql.conditions import Condition
from mlproj.tracking.sql.search_clauses import Clause, all_of
from mlproj.tracking.sql.search_orders import Hit, Position, hit_of
from mlproj.tracking.sql.session import Session

COLUMNS = "r.id, r.start_time, r.run_id"
_WALKED = "r.start_time DESC, r.run_id"
_SORTED = "+r.start_time DESC, r.run_id"
"""The same, for which SQLite does not walk."""


def ids_of(sql: Session, clause: Clause, most: int) -> list[int] | None:
    """The runs that a clause finds, wherever, if there are no more than `most`."""
    found = sql.execute(f"{clause.found.sql} LIMIT ?", (*clause.found.values, most + 1)).fetchall()
    return None if len(found) > most else list({row[0] for row in found})


class TimeWalk:
    """From the newest run to older ones, past no more than `far` of them while it meets too few.

    Runs may share what only old ones have: then up to `most` are found by it and put in order.
    """

    def __init__(self, sql: Session, *, scope: Clause, far: int, most: int) -> None:
        self._sql = sql
        self._scope = scope
        self._far = far
        self._most = most

    def hits(self, clauses: Sequence[Clause], after: Position | None, limit: int) -> list[Hit]:
        edge = self._edge(after) if clauses else None
        hits = self._walked(clauses, after, edge, limit)
        return hits if edge is None or len(hits) == limit else hits + self._older(clauses, edge, limit - len(hits))

    def _edge(self, after: Position | None) -> int | None:
        """The time of the last run that a walk should have to pass, if there are so many.

        Runs out of scope are passed as well, unless an index keeps them away.
        """
        where = self._scope.indexed or Condition(sql="1 = 1")
        if after is not None:
            where = where & Condition(sql="r.start_time <= ?", values=(after.start_time,))
        statement = f"SELECT r.start_time FROM runs r WHERE {where.sql} ORDER BY {_WALKED} LIMIT 1 OFFSET ?"  # noqa: S608
        row = self._sql.execute(statement, (*where.values, self._far)).fetchone()
        return None if row is None else int(row[0])

    def _walked(self, clauses: Sequence[Clause], after: Position | None, edge: int | None, limit: int) -> list[Hit]:
        where = (self._scope.indexed or self._scope.holds) & all_of(*clauses)
        if edge is not None:
            where = where & Condition(sql="r.start_time >= ?", values=(edge,))
        if after is not None:
            where = where & Condition(
                sql="r.start_time <= ? AND (r.start_time < ? OR r.run_id > ?)",
                values=(after.start_time, after.start_time, after.run_id),
            )
        return self._newest(where, limit)

    def _older(self, clauses: Sequence[Clause], edge: int, limit: int) -> list[Hit]:
        for clause in clauses:
            if self._count(clause) <= self._most:
                found = Condition(
                    sql=f"r.id IN ({clause.found.sql} LIMIT ?)", values=(*clause.found.values, self._most)
                )
                others = all_of(self._scope, *(other for other in clauses if other is not clause))
                behind = Condition(sql="+r.start_time < ?", values=(edge,))
                return self._newest(found & others & behind, limit, order=_SORTED)
        where = (self._scope.indexed or self._scope.holds) & all_of(*clauses)
        return self._newest(where & Condition(sql="r.start_time < ?", values=(edge,)), limit)

    def _count(self, clause: Clause) -> int:
        statement = f"SELECT count(*) FROM ({clause.found.sql} LIMIT ?) found"  # noqa: S608
        return int(self._sql.execute(statement, (*clause.found.values, self._most + 1)).fetchone()[0])

    def _newest(self, where: Condition, limit: int, *, order: str = _WALKED) -> list[Hit]:
        statement = f"SELECT {COLUMNS} FROM runs r WHERE {where.sql} ORDER BY {order} LIMIT ?"  # noqa: S608
        return [hit_of(row) for row in self._sql.execute(statement, (*where.values, limit))]
