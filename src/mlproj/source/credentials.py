"""Credentials in URLs: taken apart for the one who needs them, stripped for everybody else. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL | re.ASCII)
_URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+", re.ASCII)
_SSH = frozenset({"ssh", "git+ssh", "ssh+git", "sftp"})
_SECRET_KEYS = frozenset(
    {"access_token", "api_key", "apikey", "auth", "auth_token", "authorization", "awsaccesskeyid", "client_secret"}
    | {"jwt", "key", "oauth_token", "pass", "passwd", "password", "private_token", "pwd", "secret", "sig"}
    | {"signature", "token", "x-amz-credential", "x-amz-security-token", "x-amz-signature", "x-goog-credential"}
    | {"x-goog-signature"}
)
_SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The user and password of a URL, decoded; None where the URL has none."""

    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return "Credentials(...)"


def strip_credentials(url: str) -> str:
    """The URL without user and password, and without query parameters that hold a token; other text as it is.

    The user of an ssh URL is a part of its address, and stays.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return url
    userinfo, rest = _split_userinfo(found["rest"])
    kept = userinfo.partition(":")[0] + "@" if userinfo and found["scheme"].lower() in _SSH else ""
    return f"{found['scheme']}://{kept}{_strip_query(rest)}"


def split_credentials(url: str) -> tuple[str, Credentials]:
    """The URL without user and password, and these; of an ssh URL only the password is taken away."""
    found = _URL.fullmatch(url)
    if found is None:
        return url, Credentials()
    userinfo, rest = _split_userinfo(found["rest"])
    name, colon, password = userinfo.partition(":")
    if found["scheme"].lower() in _SSH:
        kept = f"{name}@" if name else ""
        return f"{found['scheme']}://{kept}{rest}", Credentials()
    from urllib.parse import unquote

    credentials = Credentials(username=unquote(name) or None, password=unquote(password) if colon else None)
    return f"{found['scheme']}://{rest}", credentials


def redact(text: str, secrets: Iterable[str | None] = ()) -> str:
    """What a program printed, with every URL stripped of its credentials and every one of `secrets` masked."""
    text = _URL_IN_TEXT.sub(lambda found: strip_credentials(found[0]), text)
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def _split_userinfo(rest: str) -> tuple[str, str]:
    authority = re.match(r"[^/?#]*", rest)
    host = authority[0] if authority else ""
    if "@" in host:
        userinfo, _, address = host.rpartition("@")
        return userinfo, address + rest[len(host) :]
    port = host.rpartition(":")[2] if ":" in host else ""
    if port and not port.isdigit() and not host.startswith("[") and "@" in rest:
        # A password with a slash in it that nobody encoded: no valid URL, yet the password must not be shown.
        userinfo, _, address = rest.rpartition("@")
        return userinfo, address
    return "", rest


def _strip_query(rest: str) -> str:
    before, mark, after = rest.partition("?")
    if not mark:
        return rest
    from urllib.parse import unquote

    query, hash_mark, fragment = after.partition("#")
    kept = [pair for pair in query.split("&") if unquote(pair.partition("=")[0]).lower() not in _SECRET_KEYS]
    return f"{before}{'?' if kept else ''}{'&'.join(kept)}{hash_mark}{fragment}"
