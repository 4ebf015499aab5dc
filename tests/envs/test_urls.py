"""Credentials in URLs: cut out of what is kept, put back into what is used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.envs.urls import expand, with_credentials, without_credentials


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("x @ https://ada:word@host/x.whl", "x @ https://host/x.whl"),
        ("x @ git+https://token@host/x.git@main", "x @ git+https://host/x.git@main"),
        ("git+ssh://git@host/x.git@v1", "git+ssh://git@host/x.git@v1"),
        ("git+ssh://git:word@host/x.git", "git+ssh://host/x.git"),
        ("--index-url=https://${TOKEN}@host/simple", "--index-url=https://host/simple"),
        ("numpy==1.0 --hash=sha256:00", "numpy==1.0 --hash=sha256:00"),
        ("https://host/a@b", "https://host/a@b"),
        ("two https://a:b@c https://d:e@f", "two https://c https://f"),
    ],
)
def test_cut_out(text: str, clean: str) -> None:
    assert without_credentials(text) == clean


def test_put_back() -> None:
    sources = ["x @ git+https://ada:word@host/x.git@main#egg=x", "y @ https://bob:other@host/y.whl"]
    lock = "x @ git+https://host/x.git@0123abc\ny @ https://host/y.whl --hash=sha256:00\nz @ https://host/z.whl\n"
    assert with_credentials(lock, sources) == (
        "x @ git+https://ada:word@host/x.git@0123abc\ny @ https://bob:other@host/y.whl --hash=sha256:00\n"
        "z @ https://host/z.whl\n"
    )


@given(
    st.from_regex(r"[a-z]{1,5}:[A-Za-z0-9%._~-]{1,12}", fullmatch=True), st.sampled_from(["https", "git+https", "http"])
)
def test_round_trip(userinfo: str, scheme: str) -> None:
    whole = f"x @ {scheme}://{userinfo}@host.example/x.git"
    assert with_credentials(without_credentials(whole), [whole]) == whole
    assert userinfo.split(":")[1] not in without_credentials(whole) or len(userinfo) < 8


def test_variables() -> None:
    environ = {"NAME": "value", "lower": "no"}
    assert expand("${NAME} ${OTHER} $NAME ${lower}", environ) == "value ${OTHER} $NAME ${lower}"
