"""Who a request says it comes from, and whether that is so."""

import hmac
import os
import time
from base64 import b64decode
from binascii import Error
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

from mlproj.errors import SettingError
from mlproj.server.access.passwords import LONGEST, NOBODY, hash_token, password_fits
from mlproj.server.access.users import User, Users, read_users

REMEMBERED = 1000
LOOK_AGAIN = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an Authorization header holds: a user's name and password, or a token (then there is no name)."""

    name: str
    secret: str


def read_claim(header: str) -> Claim | None:
    """None without a header, and for one that is neither Basic nor Bearer or is malformed."""
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer" and rest:
        return Claim(name="", secret=rest)
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(rest, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return None
    return Claim(name=name, secret=password) if colon and name else None


class Registrar:
    """Knows the users of a file, which is read again when it changes. Safe to use from several threads.

    A password that was right is remembered under a key of this process, so that it costs 50 ms only once.
    """

    def __init__(self, path: Path, on_note: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._on_note = on_note
        self._clock = clock
        self._key = os.urandom(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()
        self._changed = _stamp(path)
        self._users = read_users(path)
        self._tokens = _by_token(self._users)
        self._looked = clock()

    def names(self) -> tuple[str, ...]:
        return tuple(self._users.by_name)

    def known(self, claim: Claim) -> User | None:
        """The user, if that takes no time to say: a token, or a password that was right before."""
        self._look_again()
        if not claim.name:
            return self._tokens.get(hash_token(claim.secret))
        user = self._users.by_name.get(claim.name)
        return user if user is not None and self._mark(user, claim) in self._right else None

    def check(self, claim: Claim) -> User | None:
        """The user, if the password is right. It takes as long for somebody who is not there."""
        user = self._users.by_name.get(claim.name)
        fits = password_fits(claim.secret[:LONGEST], NOBODY if user is None else user.password)
        if user is None or not fits or not claim.name:
            return None
        with self._lock:
            self._right[self._mark(user, claim)] = None
            while len(self._right) > REMEMBERED:
                self._right.popitem(last=False)
        return user

    def _mark(self, user: User, claim: Claim) -> bytes:
        """Changes with the password in the file, so that an old one is not remembered."""
        said = f"{user.name}\0{user.password}\0{claim.secret}"
        return hmac.digest(self._key, said.encode("utf-8", "surrogatepass"), sha256)

    def _look_again(self) -> None:
        if self._clock() - self._looked < LOOK_AGAIN:
            return
        self._looked = self._clock()
        if (changed := _stamp(self._path)) == self._changed:
            return
        try:
            users = read_users(self._path)
        except SettingError as error:
            self._on_note(f"{error}: the users stay as they were")
            return
        self._users, self._tokens, self._changed = users, _by_token(users), changed


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return (0, 0, 0)
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _by_token(users: Users) -> dict[str, User]:
    return {token: user for user in users.by_name.values() for token in user.tokens}
