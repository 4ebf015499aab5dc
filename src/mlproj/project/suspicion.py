"""What loads and is still hardly meant: unused parameters, secrets in the file, templates nobody rendered."""

import re
from collections.abc import Iterator

from mlproj.project.document import Item
from mlproj.project.findings import Findings
from mlproj.project.model import EntryPoint
from mlproj.project.templates import quoted_fields, template_fields

SECRET_NAME = re.compile(
    r"(^|[^a-z])(pass(word|wd|phrase)|pwd|secret|credentials?|token|(api|access|private|secret|account)[_.-]?key)"
    r"($|[^a-z])"
)
SECRET_VALUE = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|xox[abpr]-[A-Za-z0-9-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|://[^/\s:@{}$]+:[^/\s:@{}$]+@"
)
TEMPLATE = re.compile(r"\{\{\s*cookiecutter\b|\{%-?\s|\{\{-?\s*copier\b")
HARMLESS = re.compile(r"^.{0,5}$|[\s<>\[\]${}]|^[.~]?/|changeme")


def warn_of_unused(entry_point: EntryPoint, parameters: Item, findings: Findings) -> None:
    """Warn about each parameter that nothing names, neither the command nor what is declared: it would go nowhere."""
    paths = (*(one.path for one in entry_point.inputs), *(one.path for one in entry_point.outputs))
    named = " ".join([*paths, *entry_point.metrics_files])
    used = {*template_fields(entry_point.command or ""), entry_point.seed}
    for parameter in entry_point.parameters:
        if parameter.name not in used and f"{{{parameter.name}}}" not in named:
            findings.warn(
                (parameters.entries or {})[parameter.name].key,
                f"parameter {parameter.name!r} is not used in the command",
                hint=f"put {{{parameter.name}}} where its value belongs, or remove it",
            )


def warn_of_quotes(entry_point: EntryPoint, command: Item, findings: Findings) -> None:
    """Warn about each placeholder in quotes: `"{name}"` passes on the quotes that the value gets."""
    for name in quoted_fields(entry_point.command or ""):
        hint = "leave those quotes out"
        findings.warn(command, f"the placeholder {{{name}}} stands in quotes, and its value gets its own", hint=hint)


def warn_of_secrets(project: Item, findings: Findings) -> None:
    """Warn about what looks like a secret written into the file."""
    for name, entry_point in _children(project, "entry_points"):
        _warn_of_defaults(entry_point, findings.within(name))
        command = _child(entry_point, "command")
        if command is not None and SECRET_VALUE.search(str(command.value)):
            hint = "take it from a variable of the environment, or from a secret parameter"
            findings.within(name).warn(command, "the command holds what looks like a secret", hint=hint)
    environment = _child(_child(project, "docker_env"), "environment")
    for pair in (environment.items or ()) if environment else ():
        if pair.items is not None and len(pair.items) == 2 and _looks_secret(str(pair.items[0].value), pair.items[1]):  # noqa: PLR2004 - a pair
            variable = pair.items[0].value
            hint = f"write '- {variable}' alone to take it from the caller's environment"
            findings.warn(pair, f"{variable!r} in docker_env looks like a secret written into the file", hint=hint)


def _warn_of_defaults(entry_point: Item, findings: Findings) -> None:
    for name, parameter in _children(entry_point, "parameters"):
        default, flag = _child(parameter, "default"), _child(parameter, "secret")
        if default is None or default.value is None:
            continue
        if (flag is not None and bool(flag.value)) or _looks_secret(name, default):
            hint = f"declare 'secret: true' without a default, and give -P {name}=@env:VARIABLE"
            findings.warn(default, f"the default of {name!r} looks like a secret written into the file", hint=hint)


def warn_of_templates(item: Item, findings: Findings) -> None:
    """Warn where a project template's own placeholders are still in the file."""
    for scalar in _scalars(item):
        if scalar.text is not None and TEMPLATE.search(scalar.text):
            findings.warn(
                scalar,
                "this looks like a template that was never rendered",
                hint="create the project with cookiecutter, or fill the braces in",
            )


def _looks_secret(name: str, item: Item) -> bool:
    if not isinstance(item.value, str):
        return False
    named = SECRET_NAME.search(name.lower()) is not None
    return (named and HARMLESS.search(item.value.lower()) is None) or SECRET_VALUE.search(item.value) is not None


def _child(item: Item | None, key: str) -> Item | None:
    entries = (item.entries if item else None) or {}
    return entries[key].value if key in entries else None


def _children(item: Item, key: str) -> Iterator[tuple[str, Item]]:
    holder = _child(item, key)
    for name, entry in ((holder.entries if holder else None) or {}).items():
        yield name, entry.value


def _scalars(item: Item) -> Iterator[Item]:
    for entry in (item.entries or {}).values():
        yield from _scalars(entry.key)
        yield from _scalars(entry.value)
    for part in item.items or ():
        yield from _scalars(part)
    if item.text is not None:
        yield item
