"""The kept output: whole, redacted, indexed, readable while it grows."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.runner.output import OutputLog
from mlproj.runner.redacting import MARKER, Redactor
from mlproj.system.clock import now_ms

KEY = "hunter2hunter2"


def ticking(step: int = 1000) -> Callable[[], int]:
    time_ms = 0

    def clock() -> int:
        nonlocal time_ms
        time_ms += step
        return time_ms

    return clock


def index_of(log: OutputLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.path.with_name("output.index.jsonl").read_text().splitlines()]


def test_the_log_is_what_came_and_the_index_says_when_and_where(tmp_path: Path) -> None:
    with OutputLog(tmp_path / "a b", clock=ticking()) as log:
        log.write("stdout", b"one\n\xff\x00")
        log.write("stderr", b"two\n")
        log.write("stdout", b"three")
    assert log.path.read_bytes() == b"one\n\xff\x00two\nthree"
    assert index_of(log) == [
        {"offset": 0, "time": 1000, "stream": "stdout"},
        {"offset": 6, "time": 2000, "stream": "stderr"},
        {"offset": 10, "time": 3000, "stream": "stdout"},
    ]


def test_many_small_pieces_of_one_moment_are_one_chunk(tmp_path: Path) -> None:
    with OutputLog(tmp_path, clock=ticking(1)) as log:
        for _ in range(100):
            log.write("stdout", b".")
        log.write("stderr", b"!")
    assert [entry["offset"] for entry in index_of(log)] == [0, 50, 100]


def test_what_is_written_can_be_read_at_once(tmp_path: Path) -> None:
    with OutputLog(tmp_path, secrets=[KEY]) as log:
        log.write("stdout", b"a line\n")
        assert log.path.read_bytes() == b"a line\n"


def test_secrets_are_left_out_across_chunks_and_offsets_are_those_of_the_log(tmp_path: Path) -> None:
    with OutputLog(tmp_path, secrets=[KEY], clock=ticking()) as log:
        for piece in (b"key: hunt", b"er2hunt", b"er2!\n", b"h"):
            log.write("stdout", piece)
        log.write("stderr", f"{KEY}\n".encode())
    assert log.path.read_bytes() == b"key: [secret]!\n[secret]\nh"


def test_short_and_empty_secrets_are_left_alone(tmp_path: Path) -> None:
    with OutputLog(tmp_path, secrets=["", "abc", "12345"]) as log:
        log.write("stdout", b"abc 12345")
    assert log.path.read_bytes() == b"abc 12345"


def test_a_secret_of_several_lines_is_found_on_a_terminal() -> None:
    redactor = Redactor(["line 1\nline 2"])
    assert redactor.feed(b"<line 1\r\nline 2><line 1\nline 2>") == b"<[secret]><[secret]>"


def test_a_longer_secret_wins_over_its_beginning() -> None:
    redactor = Redactor(["abcdef", "abcdefghi"])
    assert redactor.feed(b"abcdef") == b""
    assert redactor.feed(b"ghi.abcdef!") == b"[secret].[secret]!"
    assert redactor.feed(b"abcdefg") + redactor.finish() == b"[secret]g"


@given(
    secrets=st.lists(st.text("ab", min_size=6, max_size=9), min_size=1, max_size=3),
    text=st.text("ab.", max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=8),
)
def test_where_the_chunks_are_cut_does_not_matter(secrets: list[str], text: str, cuts: list[int]) -> None:
    data = text.encode()
    whole = Redactor(secrets)
    expected = whole.feed(data) + whole.finish()
    redactor = Redactor(secrets)
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(edges)]
    assert b"".join(redactor.feed(piece) for piece in pieces) + redactor.finish() == expected
    assert not any(secret.encode() in expected for secret in secrets)


@given(secrets=st.lists(st.text(min_size=6), max_size=3), text=st.text(max_size=60))
def test_text_without_secrets_is_untouched(secrets: list[str], text: str) -> None:
    redactor = Redactor(secrets)
    data = text.encode("utf-8", "surrogatepass")
    result = redactor.feed(data) + redactor.finish()
    assert MARKER in result or result == data


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / "output.log").symlink_to("/dev/full")
    with OutputLog(tmp_path) as log:
        log.write("stdout", b"a")
        log.write("stdout", b"b")
    assert isinstance(log.failure, OSError)


def test_now_is_in_milliseconds() -> None:
    assert 1_700_000_000_000 < now_ms() < 10_000_000_000_000
