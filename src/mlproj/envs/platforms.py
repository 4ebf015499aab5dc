"""Names of platforms: ours, and uv's."""

import os
import sys

from mlproj.errors import UsageError

_UV = {
    "linux-x86_64": "x86_64-unknown-linux-gnu",
    "linux-aarch64": "aarch64-unknown-linux-gnu",
    "linux-x86_64-musl": "x86_64-unknown-linux-musl",
    "linux-aarch64-musl": "aarch64-unknown-linux-musl",
    "macos-arm64": "aarch64-apple-darwin",
    "macos-x86_64": "x86_64-apple-darwin",
}


def this_platform() -> str:
    """The platform of this machine, as a lock names it."""
    machine = os.uname().machine
    if sys.platform == "darwin":
        return f"macos-{machine}"
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    return f"{sys.platform}-{machine}{'' if _is_glibc() else '-musl'}"


def image_platform(name: str) -> str:
    """The platform of an image, which engines name `linux/arm64/v8`, as a lock names it."""
    system, _, machine = name.partition("/")
    machine = machine.partition("/")[0]
    return f"{system}-{ {'amd64': 'x86_64', 'arm64': 'aarch64'}.get(machine, machine) }"


def _is_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (ValueError, OSError):
        return False


def known_platform(name: str) -> str:
    """The platform that a user names, in our words or uv's. Raises UsageError."""
    found = {**{uv: ours for ours, uv in _UV.items()}, **{ours: ours for ours in _UV}}.get(name)
    if found is None and name == this_platform():
        return name
    if found is None:
        raise UsageError(f"no such platform: {name!r}", hint=f"one of {', '.join(_UV)}")
    return found


def uv_platform(name: str) -> str:
    """What uv calls the platform."""
    return _UV[known_platform(name)]
