"""The search language: what it means, and that nothing breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.tracking.filters import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MAX_CLAUSES,
    MAX_ORDER,
    RUNS,
    Comparison,
    Entity,
    Grammar,
    Ordering,
    parse_filter,
    parse_order,
)

WORDS = st.sampled_from(
    (
        *("metrics.", "params.a", "tags.`a b`", "AND", "and", "=", "!=", "<", "IN", "NOT", "IS", "NULL", "(", ")", ","),
        *("'x'", '"y"', "`z`", "1", "-1e3", "1e999", "nan", "LIKE", "ILIKE", "run_id", "start_time", "dataset.name"),
        *(
            ";",
            "--",
            "'",
            "OR",
            ".",
            "..",
            "metrics.a",
            "attributes.",
            "\u0661",
            "\0",
            "name",
            "model_id",
            "ASC",
            "DESC",
        ),
    )
)
GRAMMARS = st.sampled_from([RUNS, EXPERIMENTS, LOGGED_MODELS])


@given(text=st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)), grammar=GRAMMARS)
def test_any_text_is_a_filter_or_invalid(text: str, grammar: Grammar) -> None:
    try:
        clauses = parse_filter(text, grammar)
    except InvalidValueError:
        return
    assert all(isinstance(clause, Comparison) for clause in clauses)


@given(items=st.lists(st.one_of(st.text(), st.lists(WORDS).map(" ".join))), grammar=GRAMMARS)
def test_any_texts_are_an_order_or_invalid(items: list[str], grammar: Grammar) -> None:
    try:
        assert len(parse_order(items, grammar)) == len(items)
    except InvalidValueError:
        return


@given(key=st.from_regex(r"[\w/.\- :]{1,30}", fullmatch=True), value=st.text())
def test_any_key_and_value_can_be_asked_for(key: str, value: str) -> None:
    quoted = value.replace("'", "''")
    assert parse_filter(f"params.`{key}` = '{quoted}'", RUNS) == (
        Comparison(entity=Entity.PARAM, key=key, operator="=", value=value),
    )


@given(value=st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_any_number_can_be_asked_for(value: float) -> None:
    (clause,) = parse_filter(f"metrics.m >= {value!r}", RUNS)
    assert clause.value == value


def test_clauses() -> None:
    text = (
        "metric.a.b>-1.5e3 and tags.\"x y\" like '%''q''%' AND run_id not in ( 'a' , \"b\" ,) and params.p is  not NULL"
    )
    assert parse_filter(text, RUNS) == (
        Comparison(entity=Entity.METRIC, key="a.b", operator=">", value=-1500.0),
        Comparison(entity=Entity.TAG, key="x y", operator="LIKE", value="%'q'%"),
        Comparison(entity=Entity.ATTRIBUTE, key="run_id", operator="NOT IN", value=("a", "b")),
        Comparison(entity=Entity.PARAM, key="p", operator="IS NOT NULL", value=None),
    )


def test_orders() -> None:
    assert parse_order(["metrics.`a b` desc", "created", "tags.x ASC"], RUNS) == (
        Ordering(entity=Entity.METRIC, key="a b", ascending=False),
        Ordering(entity=Entity.ATTRIBUTE, key="start_time", ascending=True),
        Ordering(entity=Entity.TAG, key="x", ascending=True),
    )


def test_integers_that_are_too_large_are_compared_as_floats() -> None:
    assert parse_filter(f"start_time < {10**30}", RUNS)[0].value == 1e30


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metric.a OR 1", "expected an operator"),
        ("nobody.x = 1", "unknown entity 'nobody'"),
        ("sttus = 'x'", "unknown attribute 'sttus'"),
        ("status > 'x'", "status can be compared with"),
        ("metrics.a > 'x'", "expected a number"),
        ("params.a = x", "expected a text in quotes"),
        ("params.a = 'x' OR params.b = 'y'", "expected AND"),
        ("params.a = 'it", "cannot be read"),
        ("params. `a` = 'x'", "after the dot"),
        ("params.`` = 'x'", "after the dot"),
        ("dataset.owner = 'x'", "of a data set"),
        ("start_time = " + "1" * 500, "expected a number"),
        ("params.a LIKE '" + "x" * 20_000 + "'", "too long"),
        (" AND ".join(["start_time > 1"] * (MAX_CLAUSES + 1)), "at most"),
        ("run_id IN 'a'", "expected ("),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_filter(text, RUNS)
    assert said in str(caught.value)


def test_orders_have_an_end() -> None:
    with pytest.raises(InvalidValueError, match="at most"):
        parse_order([f"metrics.m{number}" for number in range(MAX_ORDER + 1)], RUNS)


@pytest.mark.parametrize(
    ("grammar", "meant"), [(RUNS, "metrics.loss or params.loss or tags.loss"), (EXPERIMENTS, "tags.loss")]
)
def test_a_name_without_an_entity_is_taken_for_an_attribute(grammar: Grammar, meant: str) -> None:
    with pytest.raises(InvalidValueError, match=f"did you mean {meant}"):
        parse_filter("loss < 1", grammar)
