"""Pages of what is sorted by the database: each begins behind the last row of the one before, not at a number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import Page
from mlproj.tracking.paging import read_token, write_token
from mlproj.tracking.sql.conditions import Condition
from mlproj.tracking.sql.session import Row, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One of the things that rows are ordered by; it is never NULL. `values` are bound in its SQL."""

    sql: str
    ascending: bool = True
    textual: bool = False
    values: tuple[object, ...] = ()

    def compared(self, operator: str, value: object) -> Condition:
        return Condition(sql=f"{self.sql} {operator} ?", values=(*self.values, value))

    def beyond(self, value: object) -> Condition:
        return self.compared(">" if self.ascending else "<", value)


def missing_last(sql: str, *, ascending: bool, textual: bool, values: tuple[object, ...] = ()) -> tuple[Term, Term]:
    """The terms for an expression that may be NULL."""
    blank = "''" if textual else "0"
    return (
        Term(sql=f"CASE WHEN {sql} IS NULL THEN 1 ELSE 0 END", values=values),
        Term(sql=f"coalesce({sql}, {blank})", ascending=ascending, textual=textual, values=values),
    )


def select_page(
    sql: Session,
    *,
    columns: str,
    tables: str,
    where: Condition,
    order: Sequence[Term],
    size: int,
    page_token: str | None,
    question: str,
) -> Page[Row]:
    """Rows of `columns`. The terms of `order` together tell any two rows apart; `question` binds the token to them."""
    after = _read(page_token, order, question)
    if after:
        where = where & _behind(order, after)
    ranks = ", ".join(f"{term.sql} AS rank_{number}" for number, term in enumerate(order))
    ordering = ", ".join(f"rank_{number} {'ASC' if term.ascending else 'DESC'}" for number, term in enumerate(order))
    bound = (*(value for term in order for value in term.values), *where.values, size + 1)
    rows = sql.execute(
        f"SELECT {columns}, {ranks} FROM {tables} WHERE {where.sql} ORDER BY {ordering} LIMIT ?",  # noqa: S608
        bound,
    ).fetchall()
    more = len(rows) > size
    token = write_token({"after": rows[size - 1][-len(order) :]}, question) if more else None
    return Page(items=tuple(row[: -len(order)] for row in rows[:size]), next_page_token=token)


def distinct(terms: Iterable[Term]) -> list[Term]:
    """Without those that an earlier one has decided."""
    found: dict[tuple[object, ...], Term] = {}
    for term in terms:
        found.setdefault((term.sql, term.values), term)
    return list(found.values())


def _behind(order: Sequence[Term], after: Sequence[object]) -> Condition:
    """The first term alone once more, since databases can use an index for that."""
    whole = order[-1].beyond(after[-1])
    for term, value in reversed(list(zip(order[:-1], after[:-1], strict=True))):
        beyond, level = term.beyond(value), term.compared("=", value)
        whole = Condition(
            sql=f"({beyond.sql} OR ({level.sql} AND {whole.sql}))",
            values=(*beyond.values, *level.values, *whole.values),
        )
    return order[0].compared(">=" if order[0].ascending else "<=", after[0]) & whole


def _read(token: str | None, order: Sequence[Term], question: str) -> Sequence[object]:
    if not token:
        return ()
    after = read_token(token, question).get("after")
    if not isinstance(after, list) or len(after) != len(order) or not all(map(_fits, after, order)):
        raise InvalidValueError(f"invalid page token {token[:60]!r}")
    return after


def _fits(value: object, term: Term) -> bool:
    if term.textual:
        return isinstance(value, str)
    return isinstance(value, float) or (type(value) is int and -(2**63) <= value < 2**63)
