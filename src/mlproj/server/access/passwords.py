"""Passwords and tokens as they are kept: nothing in the file of users lets anybody in."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from binascii import Error

COST, BLOCK, PARALLEL = 2**14, 8, 1
SALT_BYTES = 16
MEMORY = 64 * 1024 * 1024
LONGEST = 1024
TOKEN_PREFIX = "mlproj_"  # noqa: S105 - what tokens begin with, so that scanners of secrets can tell
TOKEN_BYTES = 32
NOBODY = "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAA"
"""What the password of somebody who is not there is compared with: it takes as long."""


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(SALT_BYTES)
    found = _scrypt(password, salt, COST, BLOCK, PARALLEL)
    return f"scrypt${COST}${BLOCK}${PARALLEL}${_text(salt)}${_text(found)}"


def password_fits(password: str, kept: str) -> bool:
    """Whether this is the password behind a hash; takes about 50 ms. False for a malformed hash."""
    try:
        kind, cost, block, parallel, salt, expected = kept.split("$")
        found = _scrypt(password, b64decode(salt, validate=True), int(cost), int(block), int(parallel))
        return kind == "scrypt" and hmac.compare_digest(found, b64decode(expected, validate=True))
    except (ValueError, Error):
        return False


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_hex(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Tokens are random and long, so a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=cost, r=block, p=parallel, maxmem=MEMORY, dklen=32)


def _text(content: bytes) -> str:
    return b64encode(content).decode()
