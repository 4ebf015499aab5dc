"""The search language of MLflow: `metrics.rmse < 1 and params.model = 'tree'`. Text in, frozen values out. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from mlproj.errors import FilterError, InvalidValueError

MAX_CLAUSES = 200
MAX_PATTERN = 10_000
MAX_ORDER = 20
ORDERED = ("=", "!=", ">", ">=", "<", "<=")
MATCHED = ("=", "!=", "LIKE", "ILIKE")
LISTED = ("IN", "NOT IN")
NULLED = ("IS NULL", "IS NOT NULL")


class Entity(StrEnum):
    METRIC = "metrics"
    PARAM = "params"
    TAG = "tags"
    ATTRIBUTE = "attributes"
    DATASET = "datasets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One clause. `value` is a number, a text, the texts of a list, or None after IS [NOT] NULL."""

    entity: Entity
    key: str
    operator: str
    value: float | int | str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    entity: Entity
    key: str
    ascending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What may be searched. `attributes` and `numbers` map each accepted spelling to the attribute meant."""

    entities: Mapping[str, Entity]
    attributes: Mapping[str, str]
    numbers: Mapping[str, str]
    listed: frozenset[tuple[Entity, str]] = frozenset()
    dataset_keys: frozenset[str] = frozenset()
    nullable: frozenset[Entity] = field(default_factory=lambda: frozenset({Entity.PARAM, Entity.TAG}))


def _names(*names: str) -> dict[str, str]:
    return {name: name for name in names}


RUNS = Grammar(
    entities={
        **dict.fromkeys(("metric", "metrics"), Entity.METRIC),
        **dict.fromkeys(("param", "params", "parameter", "parameters"), Entity.PARAM),
        **dict.fromkeys(("tag", "tags"), Entity.TAG),
        **dict.fromkeys(("attribute", "attributes", "attr", "run"), Entity.ATTRIBUTE),
        **dict.fromkeys(("dataset", "datasets"), Entity.DATASET),
    },
    attributes={
        **_names("run_id", "run_name", "status", "user_id", "artifact_uri", "experiment_id", "lifecycle_stage"),
        "run name": "run_name",
        "Run name": "run_name",
        "Run Name": "run_name",
    },
    numbers={**_names("start_time", "end_time"), "created": "start_time", "Created": "start_time"},
    listed=frozenset({(Entity.ATTRIBUTE, "run_id"), *((Entity.DATASET, key) for key in ("name", "digest", "context"))}),
    dataset_keys=frozenset({"name", "digest", "context"}),
)
EXPERIMENTS = Grammar(
    entities={
        **dict.fromkeys(("tag", "tags"), Entity.TAG),
        **dict.fromkeys(("attribute", "attributes", "attr", "experiment"), Entity.ATTRIBUTE),
    },
    attributes=_names("name", "experiment_id"),
    numbers=_names("creation_time", "last_update_time"),
)
_MODEL_TEXTS = ("name", "model_id", "model_type", "status", "source_run_id")
LOGGED_MODELS = Grammar(
    entities={
        "metrics": Entity.METRIC,
        "params": Entity.PARAM,
        "tags": Entity.TAG,
        "attributes": Entity.ATTRIBUTE,
    },
    attributes=_names(*_MODEL_TEXTS),
    numbers={
        **_names("creation_timestamp", "last_updated_timestamp"),
        **dict.fromkeys(("creation_time", "creation_timestamp_ms"), "creation_timestamp"),
        **dict.fromkeys(("last_updated_time", "last_updated_timestamp_ms"), "last_updated_timestamp"),
    },
    listed=frozenset({(Entity.ATTRIBUTE, key) for key in _MODEL_TEXTS} | {(Entity.PARAM, ""), (Entity.TAG, "")}),
    nullable=frozenset(),
)


class _Kind(StrEnum):
    QUOTED = "quoted"
    SYMBOL = "symbol"
    WORD = "word"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: _Kind
    text: str
    at: int
    quote: str = ""

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind is _Kind.WORD else ""


_LEXEME = re.compile(
    r"""\s*(?:(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)|(?P<symbol>[<>!]=|[=<>(),])|(?P<word>[\w./:+-]+))"""
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def parse_filter(text: str, grammar: Grammar) -> tuple[Comparison, ...]:
    """The clauses of a filter, all of which must hold; InvalidValueError says where it is wrong."""
    if not text.strip():
        return ()
    reader = _Reader(text, grammar)
    clauses = [reader.clause()]
    while not reader.at_end():
        reader.expect_and()
        clauses.append(reader.clause())
    if len(clauses) > MAX_CLAUSES:
        raise InvalidValueError(f"a filter may hold at most {MAX_CLAUSES} comparisons, got {len(clauses)}")
    return tuple(clauses)


def parse_order(items: Sequence[str], grammar: Grammar) -> tuple[Ordering, ...]:
    """The items of an order, most important first."""
    found: list[Ordering] = []
    for item in items:
        ordering = _Reader(item, grammar).ordering()
        if any((other.entity, other.key) == (ordering.entity, ordering.key) for other in found):
            raise InvalidValueError(f"order_by names {ordering.entity}.{ordering.key} more than once")
        found.append(ordering)
    if len(found) > MAX_ORDER:
        raise InvalidValueError(f"order_by may hold at most {MAX_ORDER} items, got {len(found)}")
    return tuple(found)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self._text = text
        self._grammar = grammar
        self._tokens = list(self._scan())
        self._next = 0

    def at_end(self) -> bool:
        return self._peek().kind is _Kind.END

    def expect_and(self) -> None:
        if self._peek().upper != "AND":
            self._refuse("expected AND", self._peek())
        self._take()

    def clause(self) -> Comparison:
        entity, key, numeric = self._identifier()
        start = self._peek()
        operator = self._operator()
        self._check_operator(entity, key, operator, numeric=numeric, token=start)
        value: float | int | str | tuple[str, ...] | None
        if operator in NULLED:
            value = None
        elif operator in LISTED:
            value = self._texts()
        else:
            value = self._number() if numeric else self._quoted()
        if operator in {"LIKE", "ILIKE"} and isinstance(value, str) and len(value) > MAX_PATTERN:
            self._refuse("the pattern is too long", start)
        return Comparison(entity=entity, key=key, operator=operator, value=value)

    def ordering(self) -> Ordering:
        entity, key, _ = self._identifier()
        if entity is Entity.DATASET:
            self._refuse("cannot order by a data set", self._tokens[0])
        direction = self._peek().upper
        if direction in {"ASC", "DESC"}:
            self._take()
        if not self.at_end():
            self._refuse("expected ASC or DESC", self._peek())
        return Ordering(entity=entity, key=key, ascending=direction != "DESC")

    def _scan(self) -> Iterator[_Token]:
        at, end = 0, len(self._text.rstrip())
        while at < end:
            match = _LEXEME.match(self._text, at)
            if match is None or match.lastgroup is None:
                self._refuse("cannot be read", _Token(kind=_Kind.WORD, text=self._text[at:].lstrip()[:20], at=at))
            kind, text = _Kind(match.lastgroup), match[match.lastgroup]
            quote = text[0] if kind is _Kind.QUOTED else ""
            if quote:
                text = text[1:-1].replace(quote * 2, quote)
            yield _Token(kind=kind, text=text, at=match.start(match.lastgroup), quote=quote)
            at = match.end()
        yield _Token(kind=_Kind.END, text="the end", at=end)

    def _identifier(self) -> tuple[Entity, str, bool]:
        token = self._take()
        if token.quote in {"`", '"'}:
            return self._attribute(token.text, token)
        if token.kind is not _Kind.WORD:
            self._refuse("expected a name", token)
        prefix, dot, key = token.text.partition(".")
        if not dot:
            return self._attribute(token.text, token)
        entity = self._grammar.entities.get(prefix)
        if entity is None:
            known = ", ".join(dict.fromkeys(self._grammar.entities.values()))
            self._refuse(f"unknown entity {prefix!r}, known are {known}", token)
        if not key:
            key = self._quoted_key(token)
        if entity is Entity.ATTRIBUTE:
            return self._attribute(key, token)
        if entity is Entity.DATASET and key not in self._grammar.dataset_keys:
            self._refuse(f"unknown attribute {key!r} of a data set", token)
        return entity, key, entity is Entity.METRIC

    def _quoted_key(self, before: _Token) -> str:
        token = self._take()
        if token.quote not in {"`", '"'} or token.at != before.at + len(before.text) or not token.text:
            self._refuse("expected a name after the dot", token)
        return token.text

    def _attribute(self, name: str, token: _Token) -> tuple[Entity, str, bool]:
        if name in self._grammar.numbers:
            return Entity.ATTRIBUTE, self._grammar.numbers[name], True
        if name not in self._grammar.attributes:
            known = ", ".join([*dict.fromkeys(self._grammar.attributes.values()), *self._grammar.numbers])
            keyed = (Entity.METRIC, Entity.PARAM, Entity.TAG)
            meant = " or ".join(f"{entity}.{name}" for entity in keyed if entity in self._grammar.entities.values())
            self._refuse(f"unknown attribute {name!r}, known are {known}; or did you mean {meant}?", token)
        return Entity.ATTRIBUTE, self._grammar.attributes[name], False

    def _operator(self) -> str:
        token = self._take()
        if token.kind is _Kind.SYMBOL and token.text in ORDERED:
            return token.text
        words = [token.upper]
        if words[0] in {"NOT", "IS"}:
            words.append(self._take().upper)
        if words == ["IS", "NOT"]:
            words.append(self._take().upper)
        operator = " ".join(words)
        if operator not in {"LIKE", "ILIKE", *LISTED, *NULLED}:
            self._refuse("expected an operator", token)
        return operator

    def _check_operator(self, entity: Entity, key: str, operator: str, *, numeric: bool, token: _Token) -> None:
        allowed = list(ORDERED if numeric else MATCHED)
        if not numeric and {(entity, key), (entity, "")} & self._grammar.listed:
            allowed += LISTED
        if entity in self._grammar.nullable:
            allowed += NULLED
        if operator not in allowed:
            self._refuse(f"{entity}.{key} can be compared with {', '.join(allowed)}, not with {operator}", token)

    def _number(self) -> float | int:
        token = self._take()
        if token.kind is not _Kind.WORD or not _NUMBER.fullmatch(token.text) or len(token.text) > 400:  # noqa: PLR2004
            self._refuse("expected a number", token)
        try:
            number = int(token.text)
        except ValueError:
            return float(token.text)
        return number if number in range(-(2**63), 2**63) else float(token.text)

    def _quoted(self) -> str:
        token = self._take()
        if token.quote not in {"'", '"'}:
            self._refuse("expected a text in quotes", token)
        return token.text

    def _texts(self) -> tuple[str, ...]:
        self._expect("(")
        texts = [self._quoted()]
        while self._peek().kind is _Kind.SYMBOL and self._peek().text == ",":
            self._take()
            if self._peek().text == ")":
                break
            texts.append(self._quoted())
        self._expect(")")
        return tuple(texts)

    def _expect(self, symbol: str) -> None:
        token = self._take()
        if token.kind is not _Kind.SYMBOL or token.text != symbol:
            self._refuse(f"expected {symbol}", token)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _refuse(self, what: str, token: _Token) -> NoReturn:
        raise FilterError(
            f"Invalid filter or order {self._text[:200]!r}: {what}, at {token.text[:40]!r}", position=token.at
        )
