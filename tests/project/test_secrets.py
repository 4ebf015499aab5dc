from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import ParameterError
from mlproj.project.secrets import resolve_secret


def test_a_secret_comes_from_a_variable() -> None:
    assert resolve_secret("token", "@env:TOKEN", environ={"TOKEN": " a b\n"}) == (" a b\n", False)


def test_a_secret_comes_from_a_file_without_its_last_line_end(tmp_path: Path) -> None:
    file = tmp_path / "my token"
    for content, value in ((b"x y", "x y"), (b"x y\n", "x y"), (b"x\r\n", "x"), (b"x\n\n", "x\n"), ("ü".encode(), "ü")):
        file.write_bytes(content)
        assert resolve_secret("token", f"@file:{file}", environ={}) == (value, False)
    assert resolve_secret("token", "@file:~/my token", environ={"HOME": str(tmp_path)}) == ("ü", False)


@pytest.mark.parametrize("text", ["hunter2", "@home", "@env", "@ENV:X", "user@env:x", ""])
def test_any_other_text_is_the_secret_in_plain_sight(text: str) -> None:
    assert resolve_secret("token", text, environ={"X": "y"}) == (text, True)


@pytest.mark.parametrize(("environ"), [{}, {"TOKEN": ""}])
def test_a_variable_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match=r"secret 'token': the environment variable 'TOKEN' is not set"):
        resolve_secret("token", "@env:TOKEN", environ=environ)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "not UTF-8"),
        (b"x" * 70_000, "too long"),
    ],
    ids=["missing", "empty", "blank", "binary", "long"],
)
def test_a_file_that_holds_no_secret_is_named(content: bytes | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ParameterError, match=rf"secret 'token': the file .*token' .*{reason}"):
        resolve_secret("token", f"@file:{file}", environ={})


@given(text=st.text(st.characters()), prefix=st.sampled_from(["@env:", "@file:", "@file:~/", ""]))
def test_any_text_is_a_secret_or_refused(text: str, prefix: str) -> None:
    try:
        value, in_plain = resolve_secret("token", prefix + text, environ={"HOME": "/nowhere", "A": "b"})
    except ParameterError as error:
        assert "'token'" in str(error)  # noqa: PT017 - it need not be raised
    else:
        assert isinstance(value, str)
        assert in_plain == (not (prefix + text).startswith(("@env:", "@file:")))


def test_a_directory_and_no_name_at_all_are_refused(tmp_path: Path) -> None:
    for text in (str(tmp_path), "", "~/x", "a\0b"):
        with pytest.raises(ParameterError, match="cannot be read"):
            resolve_secret("token", f"@file:{text}", environ={})
