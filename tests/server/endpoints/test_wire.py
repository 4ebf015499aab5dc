import math

import pytest

from mlproj.server.endpoints import wire
from mlproj.tracking.entities import FileInfo, LoggedModelStatus, Metric, RunStatus, ViewType


@pytest.mark.parametrize(
    ("value", "sent"), [(0.0, 0.0), (math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (1e300, 1e300)]
)
def test_numbers_that_json_does_not_know(value: float, sent: object) -> None:
    assert wire.number(value) == sent


def test_what_is_empty_is_left_out_but_zeros_are_not() -> None:
    assert wire.metric(Metric(key="m", value=0.0, timestamp=0)) == {"key": "m", "value": 0.0, "timestamp": 0, "step": 0}
    assert wire.filled({"a": "", "b": None, "c": [], "d": {}, "e": (), "f": 0, "g": False}) == {"f": 0, "g": False}


def test_files_always_say_whether_they_are_directories() -> None:
    assert wire.file_info(FileInfo(path="a", is_dir=True), "a") == {"path": "a", "is_dir": True}
    assert wire.file_info(FileInfo(path="x/a", is_dir=False, file_size=0), "a") == {
        "path": "a",
        "is_dir": False,
        "file_size": 0,
    }


def test_every_member_has_its_number() -> None:
    assert list(wire.RUN_STATUS.values()) == list(RunStatus)
    assert list(wire.VIEW_TYPE.values()) == list(ViewType)
    assert wire.LOGGED_MODEL_STATUS[2] is LoggedModelStatus.READY
