from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import InvalidValueError
from mlproj.server.paths import artifact_path


@pytest.mark.parametrize(
    ("given", "path"), [("", ""), ("a", "a"), ("a/b c/ü", "a/b c/ü"), ("a/", "a"), ("100%", "100%"), ("a%20b", "a%20b")]
)
def test_what_stays_below_the_root_is_kept(given: str, path: str) -> None:
    assert artifact_path(given) == path


@pytest.mark.parametrize(
    "given",
    [
        "..",
        "a/../b",
        "/etc/passwd",
        "//a",
        "a//b",
        "./a",
        "a/.",
        "a\\b",
        "C:/a",
        "c:a",
        "a#b",
        "a\0b",
        "%2e%2e/a",
        "%252e%252e%252fa",
        "a/%2e%2e",
        "%2Fetc",
        "a%5cb",
        "a%23b",
        "%00",
        "%" + "25" * 20 + "41",
    ],
)
def test_what_could_leave_the_root_is_refused(given: str) -> None:
    with pytest.raises(InvalidValueError, match="Invalid path"):
        artifact_path(given)


@given(st.text(max_size=20), st.integers(0, 3))
def test_no_encoding_hides_a_parent_directory(text: str, rounds: int) -> None:
    hidden = f"{text}/../x"
    for _ in range(rounds):
        hidden = quote(hidden, safe="")
    with pytest.raises(InvalidValueError):
        artifact_path(hidden)
