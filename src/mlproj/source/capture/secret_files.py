"""Files that must not be kept: those whose name says that they hold a secret, and those that do hold one. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch

from mlproj.source.credentials import split_credentials

NAMES = (".env*", "*.pem", "*.key", "id_*", "credentials*", ".netrc", ".npmrc", ".pypirc")
SHORTEST = 6
"""Shorter values would be found everywhere."""
LOOKED_AT = 4 << 20
"""Bytes of a file that are searched for what looks like a secret; what is known to be one is found anywhere."""

_VARIABLE = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|APIKEY|(API|ACCESS|PRIVATE|SECRET|AUTH)_?KEY)(_|$)",
    re.IGNORECASE,
)
_NOT_SECRET = frozenset({"PWD", "OLDPWD"})
_TOKENS = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"
    rb"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b|\bglpat-[A-Za-z0-9_-]{20,}\b"
    rb"|\bxox[abprs]-[A-Za-z0-9-]{20,}\b|\bhf_[A-Za-z0-9]{30,}\b|\bpypi-[A-Za-z0-9_-]{50,}\b"
    rb"|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}\b"
)
_LOGIN = re.compile(rb"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@'\"<>{}$]{0,100}:([^\s:/@'\"<>{}$*]{3,200})@[\w\[]")
_PLACEHOLDERS = frozenset({b"password", b"passwd", b"pass", b"pwd", b"secret", b"token", b"xxx", b"xxxx", b"changeme"})


def has_secret_name(path: str) -> bool:
    """Whether the last part of a path is a name by which secrets are kept."""
    name = path.rpartition("/")[2].lower()
    return any(fnmatch(name, pattern) for pattern in NAMES)


def is_secret_name(variable: str) -> bool:
    """Whether an environment variable of this name holds a secret."""
    return _VARIABLE.search(variable) is not None and variable not in _NOT_SECRET


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values in an environment that nobody should see: by their variable's name, and passwords in URLs."""
    found: set[str] = set()
    for name, value in environ.items():
        if is_secret_name(name):
            found.add(value)
        if "://" in value and (password := split_credentials(value)[1].password):
            found |= {value, password}
    return tuple(sorted(text for text in found if is_long_enough(text)))


def is_long_enough(text: str) -> bool:
    """Whether a value tells enough to be looked for; a path is no secret, it leads to one."""
    return len(text) >= SHORTEST and not text.startswith(("/", "~", "./"))


class SecretFinder:
    """Looks for known secret values, and for what tokens, keys and logins in URLs look like."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._values = tuple({text.encode("utf-8", "surrogateescape") for text in secrets if len(text) >= SHORTEST})

    def knowing(self, more: Iterable[str | None]) -> "SecretFinder":
        """The same that looks for more values."""
        known = (value.decode("utf-8", "surrogateescape") for value in self._values)
        return SecretFinder([*known, *(text for text in more if text)])

    @property
    def fingerprint(self) -> str:
        """Tells one set of values from another, most of the time, and nothing of the values."""
        joined = b"\0".join(sorted(self._values))
        return hashlib.sha256(joined).hexdigest()[:4]

    def is_in(self, content: bytes) -> bool:
        """Whether there is a secret in the content."""
        if any(value in content for value in self._values):
            return True
        content = content[:LOOKED_AT]
        if b"://" in content and any(found[1].lower() not in _PLACEHOLDERS for found in _LOGIN.finditer(content)):
            return True
        return _TOKENS.search(content) is not None
