"""Our own keys of an entry point, which MLflow ignores: whether they have the shape that we read."""

import re
from collections.abc import Callable, Mapping

from mlproj.project.document import Entry, Item
from mlproj.project.findings import Findings
from mlproj.project.keys import RESOURCES, report_unknown
from mlproj.project.quantities import as_cpus, as_gpus, as_memory

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def read_timeout(item: Item | None, findings: Findings) -> float | None:
    """Seconds, or a number with a unit: 90s, 15m, 2h."""
    if item is None or item.value is None:
        return None
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)\s*([smh]?)", (item.text or "").strip())
    seconds = float(match[1]) * UNITS[match[2]] if match else 0.0
    if not 0 < seconds < float("inf"):
        findings.warn(item, "'timeout' is not a time; it is ignored", hint="write seconds, or 90s, 15m, 2h")
        return None
    return seconds


def read_additions(entries: Mapping[str, Entry], findings: Findings) -> Mapping[str, object]:
    """What stands under inputs, outputs, metrics, seed, resources and variables; nothing for one of a wrong shape."""
    additions: dict[str, object] = {}
    for key, (fits, shape) in SHAPES.items():
        if key not in entries or entries[key].value.value is None:
            continue
        item = entries[key].value
        if fits(item.value):
            additions[key] = item.value
            if key == "resources":
                _check_resources(item, findings)
        else:
            findings.warn(item, f"{key!r} must be {shape}; it is ignored", at_run=True)
    return additions


def _check_resources(item: Item, findings: Findings) -> None:
    """Remarks about what nothing can be made of."""
    report_unknown(item, RESOURCES, findings, owner="resources")
    for key, (read, hint) in _AMOUNTS.items():
        entry = (item.entries or {}).get(key)
        if entry is not None and entry.value.value is not None and read(entry.value.value) is None:
            findings.warn(entry.value, f"{key!r} in resources is no amount; it is ignored", hint=hint)


_AMOUNTS: Mapping[str, tuple[Callable[[object], object], str]] = {
    "cpus": (as_cpus, "write a number, such as 4 or 0.5"),
    "memory": (as_memory, "write a size such as 8G"),
    "gpus": (as_gpus, "write a number, 'all', or 'device=0,1'"),
}


def _is_list_of_paths(value: object) -> bool:
    """`[model.pkl, {path: scores.csv, match: csv}]`"""
    return isinstance(value, list) and all(
        isinstance(part, str) or (isinstance(part, dict) and isinstance(part.get("path"), str)) for part in value
    )


def _is_metrics(value: object) -> bool:
    """`[rmse, {file: scores.json}]`, or `{rmse: {rtol: 1.0e-6}, file: scores.json}` with null for the defaults."""
    if isinstance(value, list):
        return all(isinstance(part, str) or (_is_named(part) and "file" in _names(part)) for part in value)
    return _is_named(value) and all(
        part is None or isinstance(part, dict) or (name == "file" and _is_file(part)) for name, part in _pairs(value)
    )


def _is_file(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _is_seed(value: object) -> bool:
    """A number, or the name of the parameter that is one."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def _is_named(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _is_variables(value: object) -> bool:
    """Names, such as `[OMP_NUM_THREADS]`."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _pairs(value: object) -> list[tuple[object, object]]:
    return list(value.items()) if isinstance(value, dict) else []


def _names(value: object) -> list[object]:
    return [name for name, _ in _pairs(value)]


SHAPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "inputs": (_is_list_of_paths, "a list of paths, or of mappings with 'path'"),
    "outputs": (_is_list_of_paths, "a list of paths, or of mappings with 'path'"),
    "metrics": (
        _is_metrics,
        "a list of names, or a mapping of names to tolerances, with 'file' for a file that has them",
    ),
    "seed": (_is_seed, "a whole number, or the name of a parameter"),
    "resources": (_is_named, "a mapping such as {cpus: 4, memory: 8G}"),
    "variables": (_is_variables, "a list of names"),
}
