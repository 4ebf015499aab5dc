"""An entry point's declaration."""

from collections.abc import Mapping
from typing import Any

from mlproj.project import keys
from mlproj.project.additions import read_additions, read_timeout
from mlproj.project.declarations import read_inputs, read_metrics, read_outputs, read_seed, read_variables
from mlproj.project.document import Entry, Item
from mlproj.project.findings import Findings
from mlproj.project.model import EntryPoint
from mlproj.project.parameters import read_parameters, read_text
from mlproj.project.suspicion import warn_of_quotes, warn_of_unused
from mlproj.project.templates import template_faults


def read_entry_points(item: Item | None, findings: Findings) -> Mapping[str, EntryPoint]:
    """Read what stands under `entry_points:`; what is wrong in one leaves the others usable."""
    if item is None:
        return {}
    if item.value is None:
        findings.warn(item, "'entry_points' is empty, which MLflow does not load", hint="remove it or declare one")
        return {}
    if item.entries is None:
        findings.error(item, "'entry_points' must be a mapping of names to entry points", hint="write 'main:' below it")
        return {}
    keys.report_repeated(item, findings, owner="entry_points")
    return {name: _read_entry_point(name, entry, findings.within(name)) for name, entry in item.entries.items()}


def _read_entry_point(name: str, entry: Entry, findings: Findings) -> EntryPoint:
    item = entry.value
    if item.entries is None:
        misplaced = f"{name!r} looks like a key of the entry point above: indent it below that one's name"
        findings.error(
            entry.key if item.value is None else item,
            f"entry point {name!r} must be a mapping with a 'command'",
            hint=misplaced if name in keys.ENTRY_POINT else "write 'command:' below its name, indented",
        )
        return EntryPoint(name=name, command=None)
    keys.report_unknown(item, keys.ENTRY_POINT, findings, owner=f"entry point {name!r}")
    keys.report_repeated(item, findings, owner=f"entry point {name!r}")
    fields = {key: part.value for key, part in item.entries.items()}
    parameters = read_parameters(fields.get("parameters"), findings)
    command = _read_command(name, entry.key, fields.get("command"), findings)
    entry_point = EntryPoint(
        name=name,
        command=command,
        parameters=parameters,
        description=read_text("description", fields.get("description"), findings),
        timeout=read_timeout(fields.get("timeout"), findings),
        **_read_declared(item.entries, {parameter.name for parameter in parameters}, findings),
    )
    _check_template(entry_point, fields, findings)
    return entry_point


def _read_declared(entries: Mapping[str, Entry], parameters: set[str], findings: Findings) -> dict[str, Any]:
    """Our own keys, as fields of an entry point."""
    additions = read_additions(entries, findings)
    items = {key: entries[key].value for key in additions}
    metrics, files = read_metrics(items.get("metrics"), findings)
    return {
        "inputs": read_inputs(items.get("inputs"), findings),
        "outputs": read_outputs(items.get("outputs"), findings),
        "metrics": metrics,
        "metrics_files": files,
        "seed": read_seed(items.get("seed"), parameters, findings),
        "variables": read_variables(items.get("variables"), findings),
        "additions": additions,
    }


def _read_command(name: str, key: Item, item: Item | None, findings: Findings) -> str | None:
    if item is None or item.value is None:
        findings.error(item or key, f"entry point {name!r} has no command", hint="write 'command: ...'", at_run=True)
        return None
    if not isinstance(item.value, str):
        findings.error(item, f"the command of entry point {name!r} is not text", hint="quote it", at_run=True)
        return None
    if not item.value.strip():
        findings.warn(item, f"the command of entry point {name!r} is empty")
    return item.value


def _check_template(entry_point: EntryPoint, fields: Mapping[str, Item], findings: Findings) -> None:
    if entry_point.command is None:
        return
    declared = {parameter.name for parameter in entry_point.parameters}
    faults = list(template_faults(entry_point.command, declared))
    for message, hint in faults:
        findings.error(fields["command"], message, hint=hint, at_run=True)
    if not faults and entry_point.parameters:
        warn_of_unused(entry_point, fields["parameters"], findings)
        warn_of_quotes(entry_point, fields["command"], findings)
