"""A solver's explanation, cut so that it can be read."""

import re

_LINES = 25
_WIDTH = 160
_LEAD = re.compile(r"^Cannot solve the request because of:\s*")
_NO_CANDIDATE = re.compile(
    r"No candidates were found for (?P<spec>[^\n]+?)\.?$|(?P<deep>[^\s─][^\n]*?), for which no candidates", re.MULTILINE
)


def cut(text: str) -> str:
    """The explanation without its lead, no line endless, and its first and last lines where there are too many."""
    lines = [_short(line) for line in _LEAD.sub("", text.strip()).splitlines() if line.strip()]
    if len(lines) > _LINES:
        left = len(lines) - _LINES
        lines = [*lines[: _LINES - 5], f"[… {left} lines left out]", *lines[-5:]]
    return "\n".join(lines)


def _short(line: str) -> str:
    line = line.rstrip()
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def hint_for(text: str) -> str | None:
    """What to do about it, where that can be told."""
    if "__cuda" in text:
        return "no CUDA driver is seen here: give the version to resolve for, as in --cuda 12.4"
    found = _NO_CANDIDATE.search(text)
    if found is not None and found["spec"]:
        name = re.split(r"[ =<>!~\[]", found["spec"].strip(), maxsplit=1)[0]
        return f"no channel has such a {name!r}: look at its name, its version and the channels"
    return "loosen one of the versions that contradict each other"
