from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.server.access.tokens import caller, derive_url, new_secret, token

RUN_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", fullmatch=True)
SECRET = "0123456789abcdef" * 2


def test_every_server_has_a_secret_of_its_own() -> None:
    assert len({new_secret() for _ in range(10)}) == 10


@given(RUN_IDS)
def test_a_token_names_its_run(run_id: str) -> None:
    assert caller(token(run_id, SECRET), SECRET) == run_id


@pytest.mark.parametrize(
    "given", ["", "-", SECRET, f"-{SECRET}", f"abc-{SECRET[:-1]}", f"abc-{SECRET}x", f"abc-{SECRET.upper()}", "ü-ü"]
)
def test_anything_else_is_no_token(given: str) -> None:
    assert caller(given, SECRET) is None


@given(RUN_IDS, RUN_IDS, st.sampled_from(["127.0.0.1:5", "host.docker.internal:65000"]))
def test_a_run_derives_the_url_of_a_run_that_it_starts(outer: str, inner: str, host: str) -> None:
    assert derive_url(f"http://{host}/{token(outer, SECRET)}", inner) == f"http://{host}/{token(inner, SECRET)}"


def test_a_derived_url_is_quoted() -> None:
    url = derive_url(f"http://127.0.0.1:5/{token('a', SECRET)}/", "ü/b")
    assert url == f"http://127.0.0.1:5/{quote('ü/b', safe='')}-{SECRET}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/tmp/x",
        "http://127.0.0.1:5",
        "http://127.0.0.1:5/mlflow",
        f"http://127.0.0.1:5/a-{SECRET}/b",
        f"https://example.org/a-{SECRET}",
        f"http:///a-{SECRET}",
        f"sqlite:///a-{SECRET}",
        f"http://[::1/a-{SECRET}",
        f"http://127.0.0.1:5/{SECRET}",
    ],
)
def test_other_urls_are_not_ours(url: str) -> None:
    assert derive_url(url, "abc") is None
