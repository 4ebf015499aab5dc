import io
from pathlib import Path

import pytest

from mlproj.server.errors import RangeError
from mlproj.server.ranges import Span, entity_tag, requested_span

WHOLE = Span(start=0, length=10, partial=False)


@pytest.mark.parametrize(
    ("asked", "start", "length"),
    [("bytes=0-3", 0, 4), ("bytes=4-", 4, 6), ("bytes=-3", 7, 3), ("bytes=-30", 0, 10), ("bytes=9-100", 9, 1)],
)
def test_a_part(asked: str, start: int, length: int) -> None:
    assert requested_span({"range": asked}, 10, '"t"') == Span(start=start, length=length, partial=True)


@pytest.mark.parametrize("asked", ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"])
def test_what_cannot_be_understood_gives_all(asked: str) -> None:
    assert requested_span({"range": asked}, 10, '"t"') == WHOLE


def test_a_part_of_another_version_gives_all() -> None:
    assert requested_span({"range": "bytes=0-3", "if-range": '"old"'}, 10, '"t"') == WHOLE
    assert requested_span({"range": "bytes=0-3", "if-range": '"t"'}, 10, '"t"').partial


@pytest.mark.parametrize(("asked", "size"), [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-0", 10), ("bytes=-5", 0)])
def test_a_part_after_the_end(asked: str, size: int) -> None:
    with pytest.raises(RangeError) as caught:
        requested_span({"range": asked}, size, None)
    assert caught.value.size == size


def test_the_tag_changes_with_the_file(tmp_path: Path) -> None:
    tags = set()
    for text in ("a", "bc"):
        (tmp_path / "f").write_text(text, encoding="utf-8")
        with (tmp_path / "f").open("rb") as file:
            tags.add(entity_tag(file))
    assert len(tags) == 2
    assert entity_tag(io.BytesIO()) is None
