"""The parameters of an entry point, for `mlproj run DIR -e NAME --help`."""

import shlex
from pathlib import Path

from mlproj.project.model import EntryPoint, Parameter


def describe_entry_point(uri: str | None, name: str) -> str:
    """A section for the help; empty if the URI is no local project or has no such entry point."""
    from mlproj.errors import MlprojError
    from mlproj.project.loading import load

    if uri is None or not Path(uri).is_dir():
        return ""
    try:
        entry_point = load(Path(uri)).project.entry_points.get(name)
    except MlprojError as error:
        return f"\n{error}\n"
    return f"\nThe project has no entry point {name!r}.\n" if entry_point is None else _section(entry_point)


def _section(entry_point: EntryPoint) -> str:
    lines = ["", f"Entry point {entry_point.name}:"]
    if entry_point.description:
        lines.append(f"  {entry_point.description}")
    if not entry_point.parameters:
        lines.append("  It declares no parameters.")
    for parameter in entry_point.parameters:
        lines.append(f"  -P {parameter.name}={parameter.type_text.upper()}  {_remark(parameter)}".rstrip())
        if parameter.description:
            lines.append(f"      {parameter.description}")
    return "\n".join(lines) + "\n"


def _remark(parameter: Parameter) -> str:
    remarks = ["required" if parameter.default is None else f"default: {shlex.quote(parameter.default)}"]
    if parameter.choices:
        remarks.append(f"one of {', '.join(parameter.choices)}")
    if parameter.minimum is not None:
        remarks.append(f"at least {parameter.minimum:g}")
    if parameter.maximum is not None:
        remarks.append(f"at most {parameter.maximum:g}")
    if parameter.secret:
        remarks.append("secret")
    return f"[{'; '.join(remarks)}]"
