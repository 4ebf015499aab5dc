"""The keys that mean something, and what was probably meant by one that does not."""

import re

from mlproj.project.document import Item
from mlproj.project.findings import Findings

PROJECT = ("name", "entry_points", "python_env", "conda_env", "docker_env", "databricks_spark_job")
ENTRY_POINT = (
    "command",
    "parameters",
    "description",
    "timeout",
    "inputs",
    "outputs",
    "metrics",
    "seed",
    "resources",
    "variables",
)
PARAMETER = ("type", "default", "description", "choices", "min", "max", "pattern", "secret", "log")
INPUT = ("path", "sha256", "to")
OUTPUT = ("path", "store")
TOLERANCE = ("rtol", "atol")
DOCKER = (
    "image",
    "volumes",
    "environment",
    "build",
    "gpus",
    "shm_size",
    "network",
    "user",
    "platform",
)
DOCKER_BUILD = ("dockerfile", "context", "args", "target")
RESOURCES = ("cpus", "memory", "gpus")
NEARNESS = 0.75
"""For keys, which people also make up; names are looked for further off."""
MOST_CANDIDATES = 1000


def report_unknown(mapping: Item, known: tuple[str, ...], findings: Findings, *, owner: str) -> None:
    """Warn about each key that nothing reads, with what it should have been if that can be told."""
    for key, entry in (mapping.entries or {}).items():
        if key in known:
            continue
        meant = _unglued(key, known) if entry.value.value is None else None
        if meant is not None:
            findings.warn(entry.key, f"misspelt key {key!r} in {owner} is ignored", hint=f"write {meant!r}")
        elif near := nearest(key, known, nearness=NEARNESS):
            findings.warn(entry.key, f"unknown key {key!r} in {owner} is ignored", hint=f"did you mean {near!r}?")
        else:
            findings.warn(entry.key, f"unknown key {key!r} in {owner} is ignored", hint=f"known: {', '.join(known)}")


def report_repeated(item: Item, findings: Findings, *, owner: str) -> None:
    """Warn about each key that is there twice: YAML keeps the last without a word."""
    for key in item.repeated:
        findings.warn(
            key, f"the key {key.text!r} is in {owner} more than once; only the last counts", hint="remove one"
        )


def nearest(word: str, known: tuple[str, ...], *, nearness: float = 0.6) -> str | None:
    """The known word that this one is most like, or None."""
    if len(known) > MOST_CANDIDATES:
        return None
    from difflib import get_close_matches

    folded = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), folded, n=1, cutoff=nearness)
    return folded[near[0]] if near else None


def _unglued(key: str, known: tuple[str, ...]) -> str | None:
    """`type str` and `type:int` are keys without a value; what was meant is `type: str`."""
    match = re.fullmatch(r"(\w+)(?:\s*:\s*|\s+)(\S.*)", key, re.DOTALL)
    if match is None:
        return None
    word = match[1] if match[1] in known else nearest(match[1], known, nearness=NEARNESS)
    return f"{word}: {match[2]}" if word else None
