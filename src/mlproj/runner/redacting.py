"""Secrets out of a stream of bytes, wherever the stream is cut."""

import re
from collections.abc import Iterable

MARKER = b"[secret]"
SHORTEST = 6
"""Shorter values would take ordinary words with them."""


class Redactor:
    """Replaces secrets in one stream. The result does not depend on where the chunks are cut."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {secret for secret in secrets if len(secret) >= SHORTEST}
        # A terminal turns line feeds into CR LF.
        found |= {secret.replace("\n", "\r\n") for secret in found}
        self._secrets = sorted((s.encode("utf-8", "surrogateescape") for s in found), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._secrets)))
        self._longest = max(map(len, self._secrets), default=0)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The next bytes without secrets; what may be the beginning of one stays here until more comes."""
        if not self._secrets:
            return data
        buffer = self._held + data
        parts = []
        position = 0
        while True:
            held = self._beginning(buffer, position)
            match = self._pattern.search(buffer, position) if self._holds_secret(buffer) else None
            if match is None or match.start() >= held:
                break
            parts += [buffer[position : match.start()], MARKER]
            position = match.end()
        self._held = buffer[held:]
        parts.append(buffer[position:held])
        return b"".join(parts)

    def finish(self) -> bytes:
        """What was kept back and has become nothing more."""
        rest, self._held = self._held, b""
        return self._pattern.sub(MARKER, rest) if rest else b""

    def _holds_secret(self, buffer: bytes) -> bool:
        # Much faster than the pattern, and nearly always the whole answer.
        return any(secret in buffer for secret in self._secrets)

    def _beginning(self, buffer: bytes, position: int) -> int:
        """Where the last bytes start to be the beginning of a secret; the buffer's length if they are not."""
        for start in range(max(position, len(buffer) - self._longest + 1), len(buffer)):
            tail = buffer[start:]
            if any(len(tail) < len(secret) and secret.startswith(tail) for secret in self._secrets):
                return start
        return len(buffer)
