"""Keys, names, numbers and page tokens."""

import math
import posixpath
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.tracking import validation
from mlproj.tracking.entities import Metric
from mlproj.tracking.paging import read_token, write_token
from mlproj.tracking.run_names import invent_name


@given(key=st.one_of(st.text(), st.text(alphabet="ab./ :-_é")))
def test_keys_that_pass_are_clean_relative_paths(key: str) -> None:
    try:
        assert validation.check_key(key, "param") == key
    except InvalidValueError:
        return
    assert posixpath.normpath(key) == key
    assert not posixpath.join("/root", key).startswith("/roo/")
    assert 0 < len(key) <= 250


@given(value=st.floats())
def test_numbers_are_stored_finite(value: float) -> None:
    number, is_nan = validation.storable(value)
    assert math.isfinite(number)
    assert is_nan == math.isnan(value)
    assert is_nan or number == max(min(value, validation.LARGEST), -validation.LARGEST)


@pytest.mark.parametrize("value", [10**400, -(10**400)], ids=["up", "down"])
def test_whole_numbers_that_no_float_holds(value: int) -> None:
    assert validation.storable(value) == (validation.LARGEST if value > 0 else -validation.LARGEST, False)


@given(text=st.text())
def test_experiment_ids(text: str) -> None:
    try:
        number = validation.parse_experiment_id(text)
    except InvalidValueError:
        return
    assert number >= 0


def test_run_ids() -> None:
    assert validation.check_run_id("a" * 32)
    for text in ("", "-a", "a/b", "a" * 257, 5):
        with pytest.raises(InvalidValueError):
            validation.check_run_id(text)


@pytest.mark.parametrize("name", ["a:b", "a.b", "50%", "it's", 'a"b', ""])
def test_model_names(name: str) -> None:
    assert validation.check_model_name("models/final model")
    with pytest.raises(InvalidValueError):
        validation.check_model_name(name)


def test_batch_limits() -> None:
    point = Metric(key="m", value=1, timestamp=1)
    validation.check_batch([point] * 1000, {}, {})
    validation.check_batch([point] * 800, range(100), range(100))
    for metrics, params, tags in ((1001, 0, 0), (0, 101, 0), (0, 0, 101), (900, 100, 1)):
        with pytest.raises(InvalidValueError, match="at most"):
            validation.check_batch([point] * metrics, range(params), range(tags))


ODD: list[object] = [None, True, "5", [], 5, 5.0, -1, 0, 2**63, -(2**63), float("nan"), "a//b", "m", ""]


@given(st.lists(st.tuples(*(st.sampled_from(ODD) for _ in range(4))), max_size=4))
def test_many_metrics_are_checked_as_each_alone(fields: list[tuple[object, ...]]) -> None:
    names = ("key", "value", "timestamp", "step")
    metrics = [Metric(**cast("Any", dict(zip(names, each, strict=True)))) for each in [("m", 1.0, 1, 1), *fields]]

    def complaint(check: Callable[..., object], given: object) -> str:
        try:
            check(given)
        except InvalidValueError as error:
            return str(error)
        return ""

    each = [complaint(validation.check_metric, metric) for metric in metrics]
    assert complaint(validation.check_metrics, metrics) == next(filter(None, each), "")


def test_integers_are_not_booleans_or_text() -> None:
    for value in (True, "1", 1.0, None, 2**63):
        with pytest.raises(InvalidValueError):
            validation.check_integer(value, "the step")
    with pytest.raises(InvalidValueError):
        validation.check_max_results(value="5", largest=10)


@given(value=st.one_of(st.integers(), st.floats(allow_nan=False), st.text()), question=st.text())
def test_tokens_come_back(value: object, question: str) -> None:
    assert read_token(write_token({"after": value}, question), question)["after"] == value


@given(token=st.one_of(st.text(), st.binary().map(lambda data: data.hex())))
def test_any_token_is_an_object_or_invalid(token: str) -> None:
    try:
        assert isinstance(read_token(token), dict)
    except InvalidValueError:
        return


def test_tokens_belong_to_one_question() -> None:
    with pytest.raises(InvalidValueError, match="another search"):
        read_token(write_token({"after": 5}, "a"), "b")
    with pytest.raises(InvalidValueError, match="another search"):
        read_token("eyJvZmZzZXQiOiA1fQ==", "a")
    assert read_token("eyJvZmZzZXQiOiA1fQ==") == {"offset": 5}


def test_invented_names_differ() -> None:
    names = {invent_name() for _ in range(200)}
    assert len(names) > 150
