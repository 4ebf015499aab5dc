"""Keyed digests of secrets: they tell that one has changed, and to nobody without the home's key what it was."""

import contextlib
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlproj.project.model import BoundParameter
from mlproj.runner.params import shown_value, shown_variable

KEY = "digest.key"
_SIZE = 32


def secret_digests(
    parameters: Iterable[BoundParameter], variables: Mapping[str, str | None], *, secrets: Iterable[str], home: Path
) -> dict[str, str]:
    """The digests of what a record does not show as it is, by `parameters.NAME` and `variables.NAME`.

    None of what cannot be told: there is no key where the home cannot be written.
    """
    secrets = tuple(secrets)
    hidden = {
        f"parameters.{one.name}": one.value for one in parameters if one.secret or shown_value(one) != one.value
    } | {
        f"variables.{name}": value
        for name, value in variables.items()
        if value is not None and shown_variable(name, value, secrets) != value
    }
    if not hidden or (key := read_key(home)) is None:
        return {}
    return {name: digest_of(key, name, value) for name, value in hidden.items()}


def digest_of(key: bytes, name: str, value: str) -> str:
    """The name of the key, and the HMAC of a value that goes by a name."""
    text = f"{name}\0{value}".encode("utf-8", "surrogateescape")
    return f"{hashlib.sha256(key).hexdigest()[:8]}:{hmac.new(key, text, hashlib.sha256).hexdigest()[:32]}"


def changed_secrets(recorded: Mapping[str, str], environ: Mapping[str, str], home: Path) -> list[str]:
    """The variables that are set now, and not to what they were, as far as this home's key can tell."""
    prefix = "variables."
    names = [name for name in recorded if name.startswith(prefix) and name.removeprefix(prefix) in environ]
    key = read_key(home) if names else None
    if key is None:
        return []
    now = {name: digest_of(key, name, environ[name.removeprefix(prefix)]) for name in names}
    return [
        name.removeprefix(prefix)
        for name in names
        if now[name] != recorded[name] and now[name].partition(":")[0] == recorded[name].partition(":")[0]
    ]


def read_key(home: Path) -> bytes | None:
    """The home's own random key, made when it is first asked for and readable by its user alone; None without one."""
    file = home / KEY
    with contextlib.suppress(OSError):
        if len(key := file.read_bytes()) == _SIZE:
            return key
    staging = home / f".{KEY}.{os.urandom(8).hex()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(os.urandom(_SIZE))
        with contextlib.suppress(FileExistsError):
            os.link(staging, file)  # the first one wins
        key = file.read_bytes()
    except OSError:
        return None
    finally:
        with contextlib.suppress(OSError):
            staging.unlink()
    return key if len(key) == _SIZE else None
