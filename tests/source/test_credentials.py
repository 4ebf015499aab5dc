import pytest

from mlproj.source.credentials import Credentials, redact, split_credentials, strip_credentials


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host/r", "https://host/r"),
        ("https://me:pw@host/r?x=1#f", "https://host/r?x=1#f"),
        ("https://token@host/r", "https://host/r"),
        ("https://me:p@w@host/r", "https://host/r"),
        ("https://me:pa/ss@host/r", "https://host/r"),
        ("https://host:80/a@b", "https://host:80/a@b"),
        ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
        ("postgresql://me:pw@db:5432/x", "postgresql://db:5432/x"),
        ("ssh://git@host/r", "ssh://git@host/r"),
        ("ssh://git:pw@host/r", "ssh://git@host/r"),
        ("git@host:r", "git@host:r"),
        ("/a/path", "/a/path"),
        ("https://host/a.zip?token=abc&x=1&X-Amz-Signature=ff#top", "https://host/a.zip?x=1#top"),
        ("https://host/a.zip?ACCESS_TOKEN=abc", "https://host/a.zip"),
        ("", ""),
    ],
)
def test_credentials_are_stripped(url: str, expected: str) -> None:
    assert strip_credentials(url) == expected


def test_credentials_are_split() -> None:
    assert split_credentials("https://a%20b:@host/x") == (
        "https://host/x",
        Credentials(username="a b", password=""),
    )
    assert split_credentials("https://tok@host") == ("https://host", Credentials(username="tok"))
    assert split_credentials("ssh://git:pw@host/x") == ("ssh://git@host/x", Credentials())
    assert split_credentials("ssh://host/x") == ("ssh://host/x", Credentials())
    assert split_credentials("text") == ("text", Credentials())


def test_a_programs_output_is_redacted() -> None:
    text = "fatal: unable to access 'https://me:hunter2@host/r/': no; hunter2 was wrong"
    assert redact(text, ("hunter2", None, "")) == "fatal: unable to access 'https://host/r/': no; *** was wrong"
