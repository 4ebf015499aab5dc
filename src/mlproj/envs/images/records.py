"""What this machine's engine holds because of us: one small file for each image that was built, pulled or used."""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlproj.config import Settings
from mlproj.envs.directories import cache_directory
from mlproj.system.files import write_atomically

FOLDER = "images"
MOST_USERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUse:
    """One image. `root` is the project that used it last, `others` those before.

    `origin` is `built`, `pulled` or `found` (there before us, so it is not ours to remove).
    """

    id: str
    name: str
    origin: str
    root: str
    size: int
    created: int
    others: tuple[str, ...] = ()


def note(settings: Settings, facts: Mapping[str, Any], *, name: str, origin: str, root: Path) -> None:
    """Write down that an image is used now; that it is ours is not forgotten."""
    identity = str(facts["Id"])
    file = cache_directory(settings, FOLDER) / f"{identity.partition(':')[2]}.json"
    old = read(file)
    before = () if old is None else tuple(dict.fromkeys((old.root, *old.others)))
    use = ImageUse(
        id=identity,
        others=tuple(other for other in before if other != str(root))[:MOST_USERS],
        name=name,
        origin=old.origin if old is not None and origin == "found" else origin,
        root=str(root),
        size=int(facts.get("Size") or 0),
        created=old.created if old is not None else int(time.time() * 1000),
    )
    if use == old:
        os.utime(file)
    else:
        write_atomically(file, json.dumps(asdict(use), ensure_ascii=False))


def read(file: Path) -> ImageUse | None:
    """What a file says; None if it cannot be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        facts = json.loads(file.read_text(encoding="utf-8"))
        return ImageUse(**{**facts, "others": tuple(facts.get("others", ()))})
    return None


def all_uses(settings: Settings) -> list[tuple[ImageUse, int, Path]]:
    """Each image with when it was used last (UTC milliseconds), and its file."""
    found = []
    for file in (settings.cache_dir / FOLDER).glob("*.json"):
        if (use := read(file)) is not None:
            with contextlib.suppress(OSError):
                found.append((use, int(file.stat().st_mtime * 1000), file))
    return found
