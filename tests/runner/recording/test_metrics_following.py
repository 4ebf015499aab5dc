"""Metrics files that grow are logged line by line, nothing twice, whatever the command does to them."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.errors import TrackingError
from mlproj.runner.recording.metrics_files import LARGEST, read_metrics
from mlproj.runner.recording.metrics_following import FollowedFile, following, identity
from mlproj.tracking.entities import Metric


class Log:
    """Takes points; as often as told it fails first."""

    def __init__(self, failures: int = 0) -> None:
        self.points: list[Metric] = []
        self.failures = failures

    def __call__(self, points: Sequence[Metric]) -> None:
        if self.failures:
            self.failures -= 1
            raise TrackingError("the server is away")
        self.points += points

    @property
    def values(self) -> list[tuple[int, float]]:
        return [(point.step, point.value) for point in self.points]


def lines(*values: float) -> str:
    return "".join(f'{{"a": {value}}}\n' for value in values)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cu rve é.jsonl"


def test_only_complete_lines_are_logged_and_each_once(file: Path) -> None:
    log, followed = Log(), FollowedFile(file, started_ns=0)
    followed.poll(log)
    file.write_text(lines(1) + '{"a": 2')
    followed.poll(log)
    followed.poll(log)
    assert log.values == [(0, 1.0)]
    file.write_text(lines(1, 2) + "\n" + lines(3))
    followed.poll(log)
    assert log.values == [(0, 1.0), (1, 2.0), (2, 3.0)]


def test_a_file_that_may_be_one_object_waits_for_its_second_line(tmp_path: Path) -> None:
    log, file = Log(), tmp_path / "scores.json"
    followed = FollowedFile(file, started_ns=0)
    for value in (9, 8):
        file.write_text(lines(value))
        followed.poll(log)
    assert log.values == []
    file.write_text(lines(8, 7))
    followed.poll(log)
    assert log.values == [(0, 8.0), (1, 7.0)]


@pytest.mark.parametrize("text", ['{\n  "a": 1,\n', "[\n", "oops\noops\n", '{"a": 1}\n[1]\n'])
def test_what_is_not_json_lines_is_left_to_the_end(file: Path, text: str) -> None:
    log, followed = Log(), FollowedFile(file, started_ns=0)
    file.write_text(text)
    followed.poll(log)
    file.write_text(text + lines(5, 6))
    followed.poll(log)
    assert {point.value for point in log.points} <= {1.0}


def test_a_file_of_an_earlier_run_is_not_followed(file: Path) -> None:
    log, followed = Log(), FollowedFile(file, started_ns=time.time_ns())
    file.write_text(lines(1, 2))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    followed.poll(log)
    assert log.values == []


def test_a_file_that_is_written_anew_each_time_goes_on(file: Path) -> None:
    """By a rename, as careful programs do, and in place, where it is short for a moment."""
    log, followed = Log(), FollowedFile(file, started_ns=0)
    file.write_text(lines(1, 2))
    followed.poll(log)
    beside = file.with_name("beside")
    beside.write_text(lines(1, 2, 3))
    beside.replace(file)
    followed.poll(log)
    file.write_text("")
    followed.poll(log)
    file.write_text(lines(1, 2, 3, 4))
    followed.poll(log)
    assert log.values == [(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)]


@pytest.mark.parametrize("renamed", [True, False])
def test_a_file_that_says_something_else_is_left_to_the_end(file: Path, renamed: bool) -> None:  # noqa: FBT001 - a table
    log, followed = Log(), FollowedFile(file, started_ns=0)
    file.write_text(lines(1, 2))
    followed.poll(log)
    if renamed:
        file.unlink()
    file.write_text(lines(9, 2, 3))
    followed.poll(log)
    file.write_text(lines(1, 2, 3))
    followed.poll(log)
    assert log.values == [(0, 1.0), (1, 2.0)]
    assert followed.logged == {("a", 0, "1.0"): 1, ("a", 1, "2.0"): 1}


def test_what_a_store_did_not_take_is_sent_again(file: Path) -> None:
    log, followed = Log(failures=2), FollowedFile(file, started_ns=0)
    file.write_text(lines(*range(1500)))
    for _ in range(2):
        with pytest.raises(TrackingError):
            followed.poll(log)
    assert not followed.logged
    followed.poll(log)
    assert [step for step, _ in log.values] == list(range(1500))
    assert followed.logged.total() == 1500


def test_a_file_that_is_too_large_is_left_to_the_end(file: Path) -> None:
    log, followed = Log(), FollowedFile(file, started_ns=0)
    file.write_text(lines(1))
    with file.open("ab") as opened:
        opened.truncate(LARGEST + 1)
    followed.poll(log)
    assert log.values == []


def test_files_are_followed_on_a_thread_until_the_end(tmp_path: Path) -> None:
    log, files = Log(failures=1), [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    with following(files, log, started_ns=0, interval=0.01):
        for file in files:
            file.write_text(lines(1, 2))
        for _ in range(1000):
            if len(log.points) == 4:
                break
            time.sleep(0.01)
    before = len(log.points)
    files[0].write_text(lines(1, 2, 3))
    time.sleep(0.05)
    assert len(log.points) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    history=st.lists(st.dictionaries(st.sampled_from(["a", "step", "b c"]), st.integers(0, 9), min_size=1), min_size=2),
    cuts=st.lists(st.integers(0, 400)),
)
def test_what_is_followed_is_what_is_read_at_the_end(
    history: list[dict[str, int]], cuts: list[int], tmp_path: Path
) -> None:
    """Wherever the file was cut when it was looked at."""
    file = tmp_path / "history.jsonl"
    file.unlink(missing_ok=True)
    log, followed = Log(), FollowedFile(file, started_ns=0)
    whole = "".join(f"{json.dumps(record)}\n" for record in history)
    for cut in [*sorted(cuts), len(whole)]:
        file.write_text(whole[:cut])
        followed.poll(log)
    points, _ = read_metrics(file, now=0)
    assert list(map(identity, log.points)) == list(map(identity, points))
