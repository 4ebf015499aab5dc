import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.server.endpoints.wire import RUN_STATUS
from mlproj.server.requests import Arguments
from mlproj.tracking.entities import RunStatus

DOCS = "See the API docs for more information about request parameters."
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_texts() -> None:
    arguments = Arguments({"a": "x", "empty": "", "null": None})
    assert (arguments.text("a"), arguments.text_or("b", "y"), arguments.text_or("empty", "y")) == ("x", "y", "")
    assert arguments.text_or("null", "y") == "y"


@pytest.mark.parametrize("read", ["text", "integer", "double", "run_id", "item"])
@pytest.mark.parametrize("values", [{}, {"run_id": None}])
def test_what_is_missing_is_named(read: str, values: dict[str, Any]) -> None:
    names = () if read == "run_id" else ("run_id",)
    with pytest.raises(InvalidValueError) as caught:
        getattr(Arguments(values), read)(*names)
    assert str(caught.value) == f"Missing value for required parameter 'run_id'. {DOCS}"


def test_what_is_missing_in_a_list_is_named_with_its_place() -> None:
    arguments = Arguments({"metrics": [{"key": "a", "value": 1}, {"key": "b"}]})
    with pytest.raises(InvalidValueError, match=r"required parameter 'metrics\[1\]\.value'"):
        [item.double("value") for item in arguments.items("metrics")]


@pytest.mark.parametrize(
    ("read", "value", "shown", "kind"),
    [
        ("text", 5, "5", "int"),
        ("text", ["a"], '["a"]', "list"),
        ("integer", "five", '"five"', "str"),
        ("integer", True, "true", "bool"),
        ("integer", 1.5, "1.5", "float"),
        ("integer", 2**63, str(2**63), "int"),
        ("integer", "9" * 30, f'"{"9" * 30}"', "str"),
        ("double", "1_0", '"1_0"', "str"),
        ("double", "nan", '"nan"', "str"),
        ("double", True, "true", "bool"),
        ("double", {}, "{}", "dict"),
        pytest.param("double", 10**400, "1000", "int", id="huge"),
        ("texts", "a", '"a"', "str"),
        ("items", {"a": 1}, '{"a":1}', "dict"),
        ("item", "a", '"a"', "str"),
        ("flag_or", "yes", '"yes"', "str"),
    ],
)
def test_a_value_of_another_type_is_shown(read: str, value: object, shown: str, kind: str) -> None:
    arguments = Arguments({"x": value})
    with pytest.raises(InvalidValueError) as caught:
        getattr(arguments, read)("x", *([False] if read == "flag_or" else []))
    assert str(caught.value).startswith(f"Invalid value {shown}")
    assert str(caught.value).endswith(f"for parameter 'x' supplied: Hint: Value was of type '{kind}'. {DOCS}")


@pytest.mark.parametrize(("value", "number"), [(5, 5), ("5", 5), ("-5", -5), (5.0, 5), (-(2**63), -(2**63)), (0, 0)])
def test_integers_come_as_numbers_and_as_texts(value: object, number: int) -> None:
    assert Arguments({"x": value}).integer("x") == number
    assert Arguments({"x": value}).integer_or("x", 7) == number
    assert Arguments({}).integer_or("x", 7) == 7


@pytest.mark.parametrize(("value", "number"), [(1, 1.0), (1.5, 1.5), ("-1.5e3", -1500.0), (".5", 0.5), (0, 0.0)])
def test_doubles(value: object, number: float) -> None:
    assert Arguments({"x": value}).double("x") == number


def test_special_doubles_come_as_texts() -> None:
    arguments = Arguments({"a": "NaN", "b": "Infinity", "c": "-Infinity"})
    assert math.isnan(arguments.double("a"))
    assert (arguments.double("b"), arguments.double("c")) == (math.inf, -math.inf)


@pytest.mark.parametrize("value", ["FINISHED", 3, "3"])
def test_enumerations_come_as_names_and_as_numbers(value: object) -> None:
    assert Arguments({"status": value}).choice("status", RUN_STATUS) is RunStatus.FINISHED


@pytest.mark.parametrize("value", ["finished", 0, 6, True, 3.0, [3], "9" * 30])
def test_no_such_member(value: object) -> None:
    with pytest.raises(InvalidValueError, match="Invalid value"):
        Arguments({"status": value}).choice("status", RUN_STATUS)


def test_a_member_may_have_a_default() -> None:
    assert Arguments({}).choice("status", RUN_STATUS, RunStatus.FAILED) is RunStatus.FAILED
    with pytest.raises(InvalidValueError, match="Missing value"):
        Arguments({}).choice("status", RUN_STATUS)


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (False, False), ("true", True), ("False", False), (None, True)]
)
def test_flags(value: object, *, flag: bool) -> None:
    assert Arguments({"x": value}).flag_or("x", True) is flag


def test_camel_case_is_read_too_but_not_both() -> None:
    assert Arguments({"runId": "a"}).run_id() == "a"
    with pytest.raises(InvalidValueError, match="given twice, as 'run_id' and as 'runId'"):
        Arguments({"runId": "a", "run_id": "a"}).run_id()


@pytest.mark.parametrize(
    "values", [{"run_id": "a"}, {"run_uuid": "a"}, {"run_id": "a", "run_uuid": "b"}, {"run_id": "", "run_uuid": "a"}]
)
def test_the_legacy_name_of_a_run_id(values: dict[str, str]) -> None:
    assert Arguments(values).run_id() == "a"


def test_a_query_repeats_what_is_a_list() -> None:
    query = Arguments.of_query({"ids": ["a", "b"], "one": ["c"], "n": ["5"]})
    assert (query.texts("ids"), query.texts("one"), query.texts("none")) == (("a", "b"), ("c",), ())
    assert (query.text("ids"), query.integer("n")) == ("a", 5)
    assert query.adding({"one": "d"}).texts("one") == ("d",)
    assert query.adding({"one": "d"}).text("one") == "d"


@given(st.sampled_from(["text", "integer", "double", "texts", "items", "item", "pairs", "run_id"]), JSON)
def test_whatever_comes_is_read_or_refused(read: str, value: object) -> None:
    name = "run_id" if read == "run_id" else "x"
    with suppress(InvalidValueError):
        getattr(Arguments({name: value}), read)(*(() if read == "run_id" else ("x",)))
