import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import UserError
from mlproj.source.uri import join_url, parse_uri


@pytest.mark.parametrize(
    ("text", "kind", "location", "subdirectory"),
    [
        (".", "local", ".", None),
        ("../my project", "local", "../my project", None),
        ("'quoted dir'", "local", "quoted dir", None),
        ('"/a/b#sub"', "local", "/a/b", "sub"),
        ("/a/b#c/d", "local", "/a/b", "c/d"),
        ("dir#v1.0/", "local", "dir", "v1.0"),
        ("dir#./a", "local", "dir", "a"),
        ("dir#.", "local", "dir", None),
        ("dir#", "local", "dir", None),
        ("file:///a/b.git", "local", "/a/b.git", None),
        ("file://localhost/a%20b#x", "local", "/a b", "x"),
        ("file:/a", "local", "/a", None),
        ("https://host/org/repo.git#sub.dir", "git", "https://host/org/repo.git", "sub.dir"),
        ("http://host:8080/repo", "git", "http://host:8080/repo", None),
        ("git+https://host/repo", "git", "https://host/repo", None),
        ("HTTPS://host/repo", "git", "https://host/repo", None),
        ("ssh://git@host:22/repo", "git", "ssh://git@host:22/repo", None),
        ("git://host/repo#a b", "git", "git://host/repo", "a b"),
        ("git@host:org/repo.git#sub", "git", "git@host:org/repo.git", "sub"),
        ("host:repo", "git", "host:repo", None),
        ("./odd:name", "local", "./odd:name", None),
        ("a.zip", "archive", "a.zip", None),
        ("z/q.zip#top", "archive", "z/q.zip", "top"),
        ("file:///z/q.zip#top", "archive", "/z/q.zip", "top"),
        ("https://host/a.zip?x=1#top", "archive", "https://host/a.zip?x=1", "top"),
        ("http://host/a.ZIP", "archive", "http://host/a.ZIP", None),
        ("https://host/.zip", "git", "https://host/.zip", None),
        ("https://host/zip", "git", "https://host/zip", None),
        ("https://host/a.zip.git", "git", "https://host/a.zip.git", None),
        ("git@host:a.zip", "git", "git@host:a.zip", None),
    ],
)
def test_a_uri_is_parsed(text: str, kind: str, location: str, subdirectory: str | None) -> None:
    uri = parse_uri(text)
    assert (uri.kind, uri.location, uri.subdirectory) == (kind, location, subdirectory)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("''", "is empty"),
        ("#sub", "is empty"),
        ("dir#/etc", "starts with a slash"),
        ("dir#../other", "leads out"),
        ("https://host/r#a/../../b", "leads out"),
        ("dir#a\nb", "control characters"),
        ("https://host/r\n#a", "control characters"),
        ("ext::sh -c x", "neither a directory nor a git URL"),
        ("-oProxyCommand=x", "neither a directory nor a git URL"),
        ("ssh://-oProxyCommand=x/r", "begins with a dash"),
        ("user@-host:r", "begins with a dash"),
        ("git@host:-x", "begins with a dash"),
        ("ftp://host/r", "not fetched by ftp://"),
        ("ext://host/r", "not fetched by ext://"),
        ("file://server/share", "another machine"),
        ("https:///path", "names no host"),
        ("https://host:port/r", "not a URL"),
        ("https://host/r.git?private_token=abcdef", "a token in its query"),
    ],
)
def test_what_no_program_should_be_handed_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        parse_uri(text)
    assert "abcdef" not in str(caught.value)


def test_what_exists_is_a_path() -> None:
    there = {"a#b", "host:repo", "c", "'q'"}.__contains__
    assert parse_uri("a#b", exists=there).location == "a#b"
    assert parse_uri("'a#b'", exists=there).location == "a#b"
    assert parse_uri("'q'", exists=there).location == "'q'"
    assert parse_uri("host:repo", exists=there).kind == "local"
    assert parse_uri("host:repo#s", exists=there).kind == "local"
    assert parse_uri("c#d", exists=there).subdirectory == "d"


def test_credentials_are_kept_apart_and_out_of_sight() -> None:
    uri = parse_uri("https://me:s%40crettoken@host/r.git#sub")
    assert (uri.location, uri.text) == ("https://host/r.git", "https://host/r.git#sub")
    assert (uri.credentials.username, uri.credentials.password) == ("me", "s@crettoken")
    assert "cret" not in repr(uri)
    assert "cret" not in f"{uri.credentials!r}"


def test_the_user_of_an_ssh_url_is_its_address() -> None:
    uri = parse_uri("ssh://git:secret@host/r.git")
    assert (uri.location, uri.text) == ("ssh://git@host/r.git", "ssh://git@host/r.git")


@pytest.mark.parametrize(
    ("base", "relative", "expected"),
    [
        ("https://host/org/a.git", "../b.git", "https://host/org/b.git"),
        ("https://host/org/a.git/", "../../x/b.git", "https://host/x/b.git"),
        ("https://host/org/a", "./b", "https://host/org/a/b"),
        ("git@host:org/a.git", "../b.git", "git@host:org/b.git"),
        ("git@host:a.git", "../b.git", "git@host:b.git"),
        ("/srv/a.git", "../b.git", "/srv/b.git"),
        ("a", "../b", "b"),
    ],
)
def test_a_relative_url_of_a_submodule(base: str, relative: str, expected: str) -> None:
    assert join_url(base, relative) == expected


@given(st.text())
def test_no_text_crashes_the_parser(text: str) -> None:
    try:
        uri = parse_uri(text)
    except UserError:
        return
    assert uri.location
    assert uri.subdirectory is None or ".." not in uri.subdirectory.split("/")


@given(st.sampled_from(["https", "http"]), st.from_regex(r"[a-z0-9]{8,12}", fullmatch=True), st.text(max_size=20))
def test_a_password_is_never_shown(scheme: str, password: str, end: str) -> None:
    text = f"{scheme}://user:{password.upper()}SECRET@host/{end}"
    try:
        uri = parse_uri(text)
        shown = uri.text + uri.location + repr(uri)
    except UserError as error:
        shown = str(error)
    assert "SECRET" not in shown


@pytest.mark.parametrize("text", ["git+file:///a/b.git#c", " GIT+file:///a/b.git#c"])
def test_a_file_uri_as_pip_writes_it(text: str) -> None:
    assert parse_uri(text) == parse_uri("file:///a/b.git#c")
