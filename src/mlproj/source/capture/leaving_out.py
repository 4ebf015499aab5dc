"""Which files of a work tree are no code: caches, environments, results. Pure."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

NAMES = frozenset({".git", "__pycache__", ".venv", "mlruns", ".ipynb_checkpoints"})
SUFFIX = ".pyc"

LeftOut = Callable[[str], bool]
"""Says of a path (posix, relative to the top) whether it is left out."""


def is_rubbish(name: str) -> bool:
    """Whether a file or directory of this name is never code."""
    return name in NAMES or name.endswith(SUFFIX)


def leaving_out(patterns: Iterable[str]) -> LeftOut:
    """Matches what is never code, and the given paths and globs with everything below them.

    In a glob `*` and `?` stop at a slash, and `**` does not, as for `pathlib`.
    """
    found = [_pattern(text) for text in patterns]
    joined = re.compile("|".join(f"(?:{part})" for part in found)) if found else None

    def is_left_out(path: str) -> bool:
        return any(is_rubbish(name) for name in path.split("/")) or (
            joined is not None and joined.match(path) is not None
        )

    return is_left_out


def relative_to_top(patterns: Iterable[str], root: Path, top: Path) -> tuple[str, ...]:
    """Paths and globs relative to `root` as paths and globs relative to `top`; what is not below `top` is left out."""
    found = []
    for pattern in patterns:
        path = os.path.normpath(root / pattern)
        if path != str(top) and Path(path).is_relative_to(top):
            found.append(Path(path).relative_to(top).as_posix())
    return tuple(sorted(found))


def _pattern(text: str) -> str:
    parts = [part for part in text.split("/") if part not in {"", "."}]
    literal = "/".join(map(re.escape, parts))
    glob = "".join(
        "(?:[^/]+/)*" if part == "**" else _segment(part) + ("/" if at < len(parts) - 1 else r"(?:/|\Z)")
        for at, part in enumerate(parts)
    )
    return rf"{literal}(?:/|\Z)|{glob}"


def _segment(part: str) -> str:
    """One step of a glob, which never reaches over a slash."""
    return "".join(_TOKENS[token[0]](token) for token in _TOKEN.findall(part))


def _character_class(token: str) -> str:
    inside = token[1:-1].replace("\\", r"\\").replace("[", r"\[")
    if inside.startswith("!"):
        return f"(?!/)[^{inside[1:]}]"
    inside = inside.replace("^", r"\^", 1)
    return f"(?!/)[{inside}]"


_TOKEN = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_TOKENS: dict[str, Callable[[str], str]] = defaultdict(
    lambda: re.escape,
    {
        "*": lambda _: "[^/]*",
        "?": lambda _: "[^/]",
        "[": lambda token: _character_class(token) if len(token) > 1 else r"\[",
    },
)
