"""What an entry point declares of its results: inputs, outputs, metrics, seed, variables. Wrong parts are left out.

The shape of each key was checked before (`additions`); here it is about what is in it.
"""

import math
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from mlproj.project.document import Item
from mlproj.project.findings import Findings
from mlproj.project.keys import INPUT, OUTPUT, TOLERANCE, nearest, report_unknown
from mlproj.project.model import DeclaredInput, DeclaredMetric, DeclaredOutput, StoreAs

GREATEST_SEED = 2**32 - 1
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_url(path: str) -> bool:
    """Whether an input is somewhere else than in the file system."""
    return URL.match(path) is not None


def is_glob(path: str) -> bool:
    """Whether a path may stand for several files."""
    return any(character in path for character in "*?[")


def read_inputs(item: Item | None, findings: Findings) -> tuple[DeclaredInput, ...]:
    """Each input once, in the file's order."""
    found: dict[str, DeclaredInput] = {}
    for part in _parts(item):
        path = _path(part, findings, "input", keys=INPUT)
        if path is not None:
            found[path] = DeclaredInput(path=path, sha256=_sha256(part, path, findings), to=_to(part, path, findings))
    return tuple(found.values())


def read_outputs(item: Item | None, findings: Findings) -> tuple[DeclaredOutput, ...]:
    """Each output once, in the file's order; they are in the project's directory."""
    found: dict[str, DeclaredOutput] = {}
    for part in _parts(item):
        path = _path(part, findings, "output", keys=OUTPUT)
        if path is not None and _stays(path, part, findings, "output"):
            found[path] = DeclaredOutput(path=path, store=_store(part, findings))
    return tuple(found.values())


def read_metrics(item: Item | None, findings: Findings) -> tuple[tuple[DeclaredMetric, ...], tuple[str, ...]]:
    """The metrics with their tolerances, and the files that have metrics."""
    metrics: dict[str, DeclaredMetric] = {}
    files: list[str] = []
    for name, value in _named(item):
        if name == "file" and value is not None and (isinstance(value.value, str) or value.items is not None):
            files += [path for path in _files(value) if _stays(path, value, findings, "metrics file")]
        elif name:
            rtol, atol = (_tolerance(value, key, findings) for key in TOLERANCE)
            metrics[name] = DeclaredMetric(name=name, rtol=rtol, atol=atol)
            _report_unknown(value, TOLERANCE, findings, f"metric {name!r}")
    return tuple(metrics.values()), tuple(dict.fromkeys(files))


def read_seed(item: Item | None, parameters: set[str], findings: Findings) -> int | str | None:
    """The seed, or the parameter that is one."""
    if item is None:
        return None
    if isinstance(item.value, int) and 0 <= item.value <= GREATEST_SEED:
        return item.value
    if isinstance(item.value, str) and item.value in parameters:
        return item.value
    if isinstance(item.value, str):
        near = nearest(item.value, tuple(parameters))
        hint = f"did you mean {near!r}?" if near else f"write a number from 0 to {GREATEST_SEED}"
        findings.warn(item, f"'seed' names no parameter: {item.value!r}; it is ignored", hint=hint, at_run=True)
    else:
        findings.warn(item, f"'seed' must be from 0 to {GREATEST_SEED}; it is ignored", at_run=True)
    return None


def read_variables(item: Item | None, findings: Findings) -> tuple[str, ...]:
    """The names of environment variables, each once."""
    names = []
    for part in _parts(item):
        if isinstance(part.value, str) and _VARIABLE.fullmatch(part.value):
            names.append(part.value)
        else:
            findings.warn(part, f"{part.value!r} is no name of an environment variable; it is ignored", at_run=True)
    return tuple(dict.fromkeys(names))


def _parts(item: Item | None) -> tuple[Item, ...]:
    return () if item is None or item.items is None else item.items


def _path(part: Item, findings: Findings, what: str, *, keys: tuple[str, ...]) -> str | None:
    value = part.value
    if part.entries is not None:
        _report_unknown(part, keys, findings, what)
        value = part.entries["path"].value.value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        findings.warn(part, f"an {what} has an empty path; it is ignored", at_run=True)
        return None
    return value


def _stays(path: str, part: Item, findings: Findings, what: str) -> bool:
    """Whether a path is one in the project's directory: what a run leaves elsewhere is not the project's."""
    inside = PurePosixPath(path)
    if not is_url(path) and not inside.is_absolute() and ".." not in inside.parts and inside.parts:
        return True
    hint = "write a path relative to the MLproject file's directory"
    findings.warn(part, f"the {what} {path!r} is not in the project's directory; it is ignored", hint=hint, at_run=True)
    return False


def _sha256(part: Item, path: str, findings: Findings) -> str | None:
    declared = None if part.entries is None else part.entries.get("sha256")
    if declared is None or declared.value.value is None:
        return None
    found = _SHA256.fullmatch((declared.value.text or "").strip())
    if found is None:
        hint = "write its 64 hexadecimal digits in quotes"
        findings.warn(declared.value, f"the sha256 of {path!r} is none; it is not checked", hint=hint, at_run=True)
        return None
    if is_glob(path):
        findings.warn(declared.value, f"{path!r} may be many files, so its sha256 is not checked", at_run=True)
        return None
    return found[1].lower()


def _to(part: Item, path: str, findings: Findings) -> str | None:
    declared = None if part.entries is None else part.entries.get("to")
    if declared is None or declared.value.value is None:
        return None
    place = declared.value.value
    if not is_url(path):
        hint = f"{path!r} is on this machine already"
        findings.warn(declared.value, "'to' is for URLs; it is ignored", hint=hint, at_run=True)
        return None
    if not isinstance(place, str) or not place.strip() or "\0" in place:
        findings.warn(declared.value, "'to' must be a path in the project; it is ignored", at_run=True)
        return None
    return place if _stays(place, declared.value, findings, "place of an input") else None


def _store(part: Item, findings: Findings) -> StoreAs | None:
    declared = None if part.entries is None else part.entries.get("store")
    if declared is None or declared.value.value is None:
        return None
    words = tuple(str(way) for way in StoreAs)
    if declared.value.value in words:
        return StoreAs(str(declared.value.value))
    hint = f"one of {', '.join(words)}"
    findings.warn(declared.value, f"'store' cannot be {declared.value.value!r}; it is ignored", hint=hint, at_run=True)
    return None


def _named(item: Item | None) -> Iterator[tuple[str, Item | None]]:
    """Names with what stands behind them, of a mapping and of a list of names and mappings alike."""
    if item is None:
        return
    for name, entry in (item.entries or {}).items():
        yield name, entry.value
    for part in item.items or ():
        if part.entries is None:
            yield str(part.value), None
        else:
            yield from _named(part)


def _files(value: Item) -> Iterator[str]:
    texts = [value.value] if value.items is None else [part.value for part in value.items]
    return (text for text in texts if isinstance(text, str) and text)


def _tolerance(value: Item | None, key: str, findings: Findings) -> float | None:
    entry = None if value is None or value.entries is None else value.entries.get(key)
    if entry is None or entry.value.value is None:
        return None
    try:
        number = float(entry.value.text or "")
    except ValueError:
        number = math.nan
    if number >= 0 and math.isfinite(number):
        return number
    findings.warn(entry.value, f"'{key}' must be a number, 0 or more; it is ignored", at_run=True)
    return None


def _report_unknown(part: Item | None, known: tuple[str, ...], findings: Findings, owner: str) -> None:
    if part is not None:
        report_unknown(part, known, findings, owner=owner)
