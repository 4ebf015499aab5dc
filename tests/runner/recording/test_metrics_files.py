"""Metrics that a command in any language wrote, as points."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.errors import DeclarationError
from mlproj.runner.recording.metrics_files import LARGEST, read_metrics
from mlproj.tracking.entities import Metric

NOW = 1_800_000_000_000


def read(tmp_path: Path, text: str) -> tuple[list[tuple[str, float, int, int]], tuple[str, ...]]:
    file = tmp_path / "scores file.json"
    file.write_text(text)
    points, odd = read_metrics(file, now=NOW)
    return [(point.key, point.value, point.step, point.timestamp) for point in points], odd


def test_an_object_has_last_values(tmp_path: Path) -> None:
    points, odd = read(tmp_path, '{"rmse": 0.5, "test": {"a b": {"c/d": 2}}, "big": 1e3}')
    assert points == [("rmse", 0.5, 0, NOW), ("test.a b.c/d", 2.0, 0, NOW), ("big", 1000.0, 0, NOW)]
    assert odd == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2, "step": 7, "timestamp": 1700000000}\n\n',
        '[{"a": 1}, {"a": 2, "step": 7, "timestamp": 17e11}]',
    ],
)
def test_several_objects_are_a_history(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text)[0] == [("a", 1.0, 0, NOW), ("a", 2.0, 7, 1_700_000_000_000)]


def test_what_is_no_metric_is_named_once(tmp_path: Path) -> None:
    text = '{"s": "x", "b": true, "n": null, "l": [1], "$": 1, "ok": 1, "step": "x", "timestamp": -1}\n{"s": "y"}'
    points, odd = read(tmp_path, text)
    assert points == [("ok", 1.0, 0, NOW)]
    assert odd == ("s", "b", "n", "l", "$")


def test_numbers_that_json_does_not_have_are_read(tmp_path: Path) -> None:
    points, _ = read(tmp_path, '{"a": NaN, "b": -Infinity}')
    assert math.isnan(points[0][1])
    assert points[1][1] == -math.inf


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither JSON nor JSON Lines"),
        ("{", "neither JSON nor JSON Lines"),
        ('{"a": 1}\n{"a"\n', r"json:2: the metrics file is neither"),
        ("5", "something else than objects"),
        ("[[1]]", "something else than objects"),
        ('{"a": 1}\n5\n', "something else than objects"),
    ],
)
def test_what_is_no_metrics_file_is_refused(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=says):
        read(tmp_path, text)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot be read: No such file"):
        read_metrics(tmp_path / "missing", now=NOW)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DeclarationError, match="not UTF-8"):
        read_metrics(tmp_path / "binary", now=NOW)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(DeclarationError, match="larger than 64 MiB"):
        read_metrics(tmp_path / "large", now=NOW)


NAMES = st.text("abc_ /-", min_size=1, max_size=5).filter(lambda name: name.strip(" /.") == name and "//" not in name)
HISTORY = st.lists(st.dictionaries(NAMES, st.floats(allow_nan=False, allow_infinity=False), min_size=1), min_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(history=HISTORY)
def test_lines_and_a_list_mean_the_same(history: list[dict[str, float]], tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("\n".join(map(json.dumps, history)))
    (tmp_path / "list").write_text(json.dumps(history))
    lines, as_list = (read_metrics(tmp_path / name, now=NOW) for name in ("lines", "list"))
    assert lines == as_list
    assert all(isinstance(point, Metric) for point in lines[0])
    assert len(lines[0]) == sum(map(len, history)) - sum(len(set(record) & set(lines[1])) for record in history)


def test_numbers_that_nothing_can_hold_are_no_metrics(tmp_path: Path) -> None:
    huge = "9" * 400
    points, odd = read(tmp_path, f'{{"a": {huge}, "b": 1, "step": {huge}, "timestamp": {huge}}}')
    assert points == [("b", 1.0, 0, NOW)]
    assert odd == ("a",)


def test_a_line_separator_in_a_name_ends_no_line(tmp_path: Path) -> None:
    points, odd = read(tmp_path, '{"a": 1, "x\u2028y": "text"}\r\n{"a": 2}\n')
    assert [value for _, value, _, _ in points] == [1.0, 2.0]
    assert odd == ("x\u2028y",)
