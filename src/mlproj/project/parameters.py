"""A parameter's declaration: short form (`alpha: float`) or long (`alpha: {type: float, default: 0.5}`)."""

import re
import warnings
from collections.abc import Mapping

from mlproj.project import keys
from mlproj.project.document import Entry, Item
from mlproj.project.findings import Findings
from mlproj.project.model import Parameter, ParameterType
from mlproj.project.parameter_types import is_of_type, parse_number, parse_type, same_value

NUMERIC = {ParameterType.INT, ParameterType.FLOAT}


def read_parameters(item: Item | None, findings: Findings) -> tuple[Parameter, ...]:
    """Read what stands under `parameters:`."""
    if item is None:
        return ()
    if item.value is None:
        findings.warn(
            item, "'parameters' is empty, which MLflow does not load", hint="remove it or write 'parameters: {}'"
        )
        return ()
    if item.entries is None:
        findings.error(item, "'parameters' must be a mapping of names to types", hint="write 'alpha: float'")
        return ()
    keys.report_repeated(item, findings, owner="parameters")
    return tuple(_read_parameter(name, entry, findings) for name, entry in item.entries.items())


def render_default(value: object) -> str | None:
    """The text of a default in a command, as MLflow has it; None means that there is no default."""
    return None if value is None else str(value)


def _read_parameter(name: str, entry: Entry, findings: Findings) -> Parameter:
    item = entry.value
    if not isinstance(entry.key.value, str):
        findings.warn(entry.key, f"the parameter name {name} is not text to YAML; MLflow fails on it", hint="quote it")
    if isinstance(item.value, str):
        type_ = _read_type(name, item, findings)
        return Parameter(name=name, type=type_, type_text=item.value)
    if item.entries is None:
        findings.error(
            item if item.value is not None else entry.key,
            f"parameter {name!r} must be a type, or a mapping with 'type' and 'default'",
            hint=f"write '{name}: string'",
        )
        return Parameter(name=name)
    keys.report_unknown(item, keys.PARAMETER, findings, owner=f"parameter {name!r}")
    keys.report_repeated(item, findings, owner=f"parameter {name!r}")
    return _read_long_form(name, item.entries, findings)


def _read_long_form(name: str, entries: Mapping[str, Entry], findings: Findings) -> Parameter:
    fields = {key: entry.value for key, entry in entries.items()}
    type_item = fields.get("type")
    type_ = _read_type(name, type_item, findings) if type_item else ParameterType.STRING
    default_item = fields.get("default")
    default = render_default(default_item.value) if default_item else None
    parameter = Parameter(
        name=name,
        type=type_,
        type_text=str(type_item.value) if type_item and type_item.value is not None else "string",
        default=default,
        checked=default is None or is_of_type(default, type_),
        choices=_read_choices(fields.get("choices"), type_, findings),
        minimum=_read_bound("min", fields.get("min"), type_, findings),
        maximum=_read_bound("max", fields.get("max"), type_, findings),
        pattern=_read_pattern(fields.get("pattern"), findings),
        description=read_text("description", fields.get("description"), findings),
        secret=_read_flag("secret", fields.get("secret"), findings, default=False, doubt=True),
        log=_read_flag("log", fields.get("log"), findings, default=True, doubt=False),
    )
    if default_item is not None:
        _check_default(parameter, default_item, findings)
    return parameter


def _read_type(name: str, item: Item, findings: Findings) -> ParameterType:
    word = item.value
    known = parse_type(word) if isinstance(word, str) else None
    if known is not None:
        return known
    near = keys.nearest(str(word), tuple(ParameterType)) if isinstance(word, str) else None
    findings.warn(
        item,
        f"the type {item.text!r} of parameter {name!r} is unknown and read as string",
        hint=f"did you mean {near!r}?" if near else f"known: {', '.join(ParameterType)}",
    )
    return ParameterType.STRING


def fault_of_value(parameter: Parameter, text: str) -> str | None:
    """What is wrong with a value, as the rest of a sentence; None if nothing is."""
    if parameter.checked and not is_of_type(text, parameter.type):
        return (
            "has no scheme such as s3:" if parameter.type is ParameterType.URI else f"is not {article(parameter.type)}"
        )
    if parameter.choices and not any(same_value(text, choice, parameter.type) for choice in parameter.choices):
        return f"is not one of {', '.join(parameter.choices)}"
    if parameter.type in NUMERIC and (number := parse_number(text)) is not None:
        if parameter.minimum is not None and not number >= parameter.minimum:
            return f"is less than {parameter.minimum:g}"
        if parameter.maximum is not None and not number <= parameter.maximum:
            return f"is more than {parameter.maximum:g}"
    if parameter.pattern is not None and re.fullmatch(parameter.pattern, text) is None:
        return f"does not match the pattern {parameter.pattern}"
    return None


def article(type_: ParameterType) -> str:
    return f"an {type_}" if type_ is ParameterType.INT else f"a {type_}"


def _check_default(parameter: Parameter, item: Item, findings: Findings) -> None:
    if parameter.default is None:
        return
    shown = "its default" if parameter.secret else f"the default {parameter.default[:60]!r}"
    if not parameter.checked:
        findings.warn(
            item,
            f"{shown} of parameter {parameter.name!r} is not {article(parameter.type)}; its values will not be checked",
            hint="change the type or the default",
        )
    elif fault := fault_of_value(parameter, parameter.default):
        findings.warn(item, f"{shown} of parameter {parameter.name!r} {fault}")


def _read_choices(item: Item | None, type_: ParameterType, findings: Findings) -> tuple[str, ...]:
    """As they are spelled, since that is what a user types: `choices: [yes, no]` are booleans to YAML."""
    if item is None:
        return ()
    if not item.items or any(choice.text is None or choice.value is None for choice in item.items):
        findings.warn(item, "'choices' must be a list of values; it is ignored", hint="write 'choices: [a, b]'")
        return ()
    return tuple(str(choice.value if type_ in NUMERIC else choice.text) for choice in item.items)


def _read_bound(key: str, item: Item | None, type_: ParameterType, findings: Findings) -> float | None:
    if item is None:
        return None
    number = None if isinstance(item.value, bool) else parse_number(str(item.value))
    if number is None or number != number:  # noqa: PLR0124 - NaN bounds nothing
        findings.warn(item, f"{key!r} must be a number; it is ignored")
        return None
    if type_ not in NUMERIC:
        findings.warn(item, f"{key!r} applies to numbers only; it is ignored", hint="declare the type int or float")
        return None
    return number


def _read_pattern(item: Item | None, findings: Findings) -> str | None:
    if item is None or item.value is None:
        return None
    if not isinstance(item.value, str):
        findings.warn(item, "'pattern' must be text; it is ignored", hint="quote it")
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(item.value)
    except (re.error, OverflowError, RecursionError) as error:
        findings.warn(item, f"'pattern' is not a regular expression: {error}; it is ignored")
        return None
    return item.value


def _read_flag(key: str, item: Item | None, findings: Findings, *, default: bool, doubt: bool) -> bool:
    """In doubt a value stays out of sight."""
    if item is None:
        return default
    if isinstance(item.value, bool):
        return item.value
    findings.warn(item, f"{key!r} must be true or false; it is read as {str(doubt).lower()}")
    return doubt


def read_text(key: str, item: Item | None, findings: Findings) -> str | None:
    if item is None or item.value is None:
        return None
    if not isinstance(item.value, str):
        findings.warn(item, f"{key!r} should be text", hint="quote it")
    return str(item.value) if item.text is None else item.text
