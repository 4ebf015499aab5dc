"""The order of found runs: what runs are ordered by, where each stands, and where a page ended.

What is missing comes last in both directions, and NaN just before it. Then newer runs come before older ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlproj.errors import InvalidValueError
from mlproj.tracking.filters import Entity, Ordering
from mlproj.tracking.paging import read_token, write_token
from mlproj.tracking.sql.runs import NAME_TAG
from mlproj.tracking.sql.search_clauses import LONG_ATTRIBUTES, TABLES
from mlproj.tracking.sql.session import Row

VALUE, NAN, MISSING = 0, 1, 2
Rank = tuple[int, Any]
"""Where a run stands by one key: a place (VALUE, NAN or MISSING), and the value there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`table` holds the values, under `name`; without one it is a column of the run itself."""

    table: str | None
    name: str
    ascending: bool
    textual: bool
    places: tuple[int, ...]

    @property
    def direction(self) -> str:
        return "ASC" if self.ascending else "DESC"

    @property
    def long(self) -> bool:
        return self.table in {"params", "tags"} or (self.table is None and self.name in LONG_ATTRIBUTES)


class Hit(NamedTuple):
    """A run, by its row, and where it stands."""

    run: int
    ranks: tuple[Rank, ...]
    start_time: int
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The last run of a page."""

    ranks: tuple[Rank, ...]
    start_time: int
    run_id: str


def keys_of(order: Sequence[Ordering]) -> tuple[Key, ...]:
    """An order as keys. The order of time is what comes after all keys, so it is none itself."""
    keys = tuple(_key(item) for item in order)
    newest_first = keys and keys[-1].table is None and keys[-1].name == "start_time" and not keys[-1].ascending
    return keys[:-1] if newest_first else keys


def _key(item: Ordering) -> Key:
    if item.entity is Entity.ATTRIBUTE and item.key != "run_name":
        numeric = item.key in {"start_time", "end_time", "experiment_id"}
        may_lack = (VALUE, MISSING) if item.key == "end_time" else (VALUE,)
        return Key(table=None, name=item.key, ascending=item.ascending, textual=not numeric, places=may_lack)
    if item.entity is Entity.METRIC:
        places = (VALUE, NAN, MISSING)
        return Key(table="latest_metrics", name=item.key, ascending=item.ascending, textual=False, places=places)
    entity, name = (Entity.TAG, NAME_TAG) if item.entity is Entity.ATTRIBUTE else (item.entity, item.key)
    return Key(table=TABLES[entity], name=name, ascending=item.ascending, textual=True, places=(VALUE, MISSING))


def joined(keys: Sequence[Key]) -> tuple[str, str, tuple[object, ...]]:
    """Columns to read beside id, start_time and run_id, the joins that they need, and what is bound in those."""
    columns = joins = ""
    values: list[object] = []
    for number, key in enumerate(keys):
        if key.table is None:
            columns += f", r.{key.name}, 0"
            continue
        alias = f"o{number}"
        columns += f", {alias}.value, {f'{alias}.is_nan' if key.table == 'latest_metrics' else '0'}"
        joins += f" LEFT JOIN {key.table} {alias} ON {alias}.run = r.id AND {alias}.key = ?"
        values.append(key.name)
    return columns, joins, tuple(values)


def hit_of(row: Row) -> Hit:
    """From id, start_time, run_id, and the two columns of each key."""
    if len(row) == 3:  # noqa: PLR2004 - no keys
        return Hit(row[0], (), row[1], row[2])
    pairs = zip(row[3::2], row[4::2], strict=True)
    ranks = tuple((MISSING, None) if value is None else (NAN, None) if nan else (VALUE, value) for value, nan in pairs)
    return Hit(run=row[0], start_time=row[1], run_id=row[2], ranks=ranks)


def sort(hits: list[Hit], keys: Sequence[Key]) -> None:
    hits.sort(key=lambda hit: hit.run_id)
    hits.sort(key=lambda hit: hit.start_time, reverse=True)
    for number in reversed(range(len(keys))):
        _sort_by(hits, number, keys[number])


def _sort_by(hits: list[Hit], number: int, key: Key) -> None:
    blank: object = "" if key.textual else 0
    hits.sort(key=lambda hit: _comparable(hit.ranks[number], blank), reverse=not key.ascending)
    hits.sort(key=lambda hit: hit.ranks[number][0])


def _comparable(rank: Rank, blank: object) -> Any:
    return blank if rank[1] is None else rank[1]


def beyond(hits: Iterable[Hit], position: Position, keys: Sequence[Key]) -> list[Hit]:
    """Those that come after the last run of a page."""
    return [hit for hit in hits if _is_beyond(hit, position, keys)]


def _is_beyond(hit: Hit, position: Position, keys: Sequence[Key]) -> bool:
    for key, here, there in zip(keys, hit.ranks, position.ranks, strict=True):
        if here[0] != there[0]:
            return here[0] > there[0]
        if here[1] != there[1]:
            return bool(here[1] > there[1]) == key.ascending
    return (-hit.start_time, hit.run_id) > (-position.start_time, position.run_id)


def token_of(hit: Hit, question: str) -> str:
    return write_token({"after": [*hit.ranks, hit.start_time, hit.run_id]}, question)


def position_of(token: str | None, keys: Sequence[Key], question: str) -> Position | None:
    """Where a page token says that the last page ended."""
    if not token:
        return None
    match read_token(token, question).get("after"):
        case [*ranks, int(start_time), str(run_id)] if len(ranks) == len(keys):
            read = tuple(_read_rank(rank, key) for rank, key in zip(ranks, keys, strict=True))
            return Position(ranks=read, start_time=start_time, run_id=run_id)
    raise InvalidValueError(f"invalid page token {token[:60]!r}")


def _read_rank(rank: object, key: Key) -> Rank:
    kind = str if key.textual else int | float
    match rank:
        case [int(place), value] if place in key.places and (
            isinstance(value, kind) if place == VALUE else value is None
        ):
            return place, value
    raise InvalidValueError("the page token is damaged")
