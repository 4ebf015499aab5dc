"""The payload of a lock in the format `image`: which image exactly, as TOML."""

import json
import tomllib
from dataclasses import dataclass

from mlproj.errors import EnvironmentSpecError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One image: its name as asked, and one of `digest` (its repository's), `id`, `context` (what it is built from)."""

    image: str
    digest: str | None = None
    id: str | None = None
    context: str | None = None

    def to_text(self) -> str:
        """The payload, one key a line."""
        fields = {"image": self.image, "digest": self.digest, "id": self.id, "context": self.context}
        return "".join(f"{key} = {_text(value)}\n" for key, value in fields.items() if value is not None)


def _text(value: str) -> str:
    """JSON's text, in the few things in which TOML's differs."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_pin(payload: str, *, where: str) -> Pin:
    """A payload as a pin. Raises EnvironmentSpecError."""
    try:
        table = tomllib.loads(payload)
    except tomllib.TOMLDecodeError:
        table = {}
    fields = {key: str(table[key]) for key in ("image", "digest", "id", "context") if key in table}
    if "image" not in fields or len(fields) < 2:  # noqa: PLR2004 - the name and what pins it
        raise EnvironmentSpecError("holds no image lock", where=where, hint="write it anew with 'mlproj lock'")
    return Pin(**fields)
