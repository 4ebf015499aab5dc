"""Commands as templates: which parameters they name, and what would make them fail."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from string import Formatter

from mlproj.project.keys import nearest

LONGEST_WIDTH = 4
MOST_FAULTS = 20
SHELL_TOKEN = re.compile(r"\\.|'|\"|\$\(|\)|\{\{|\}\}|\{([^{}!:]*)[^{}]*\}", re.DOTALL)


def template_fields(command: str) -> tuple[str, ...]:
    """The names in a template's braces, each once, in their order. Raises ValueError if the braces do not match up."""
    return tuple(dict.fromkeys(name for name, _ in _fields(command)))


def width_fields(command: str) -> frozenset[str]:
    """The names inside another placeholder's format, where a value would be a width."""
    return frozenset(name for name, depth in _fields(command) if depth > 0)


def quoted_fields(command: str) -> tuple[str, ...]:
    """The names of placeholders inside quotes of the shell, where the quotes of a value become part of it."""
    found: list[str] = []
    quotes = [""]
    for token in SHELL_TOKEN.finditer(command):
        match (quotes[-1], token[0]):
            case (quote, _) if token[1] is not None:
                found.extend([token[1]] if quote else [])
            case ("'", text) if text.endswith("'"):
                quotes[-1] = ""
            case ("'", _):
                pass
            case (quote, '"'):
                quotes[-1] = "" if quote else '"'
            case ("", "'"):
                quotes[-1] = "'"
            case (_, "$("):
                quotes.append("")
            case ("", ")") if len(quotes) > 1:
                quotes.pop()
    return tuple(dict.fromkeys(found))


def template_faults(command: str, declared: AbstractSet[str]) -> Iterator[tuple[str, str | None]]:
    """Each reason why a template cannot be filled from the declared parameters, with what to do about it."""
    try:
        fields = template_fields(command)
    except ValueError as error:
        yield f"the command's braces do not match up: {error}", "write {{ and }} for braces that are meant"
        return
    unnamed = [name for name in fields if not _names(name, declared)]
    for name in unnamed[:MOST_FAULTS]:
        yield _fault(name, declared)
    if not unnamed and (fault := _format_fault(command, fields)):
        yield fault, "a placeholder is filled with text: {name}"


def _names(name: str, declared: AbstractSet[str]) -> bool:
    return name in declared and name != "" and not name.isdecimal() and not re.search(r"[.\[]", name)


def _format_fault(command: str, fields: tuple[str, ...]) -> str | None:
    """What a format specification would come to: `{n:d}` cannot be, and `{n:>999999999}` must not."""
    if re.search(rf":[^{{}}]*[0-9]{{{LONGEST_WIDTH + 1},}}[^{{}}]*\}}", command):
        return "a placeholder asks for more width than a command can have"
    try:
        command.format_map(dict.fromkeys(fields, "1"))
    except ValueError as error:
        return f"a placeholder's format does not fit: {error}"
    return None


def _fault(name: str, declared: AbstractSet[str]) -> tuple[str, str | None]:
    if not name or name.isdecimal():
        return f"the placeholder {{{name}}} names no parameter", "name one, or write {{}} for braces that are meant"
    plain = re.split(r"[.\[]", name)[0]
    if plain != name:
        return (
            f"the placeholder {{{name}}} reaches into a value",
            "name a declared parameter; names with '.' or '[' cannot be substituted",
        )
    near = nearest(name, tuple(declared))
    advice = f"did you mean {{{near}}}?" if near else f"declare it, or write {{{{{name}}}}} if the braces are meant"
    return f"the command uses {{{name}}}, which is not a declared parameter", advice


def _fields(template: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    for _, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if conversion not in {None, "r", "s", "a"}:
            raise ValueError(f"unknown conversion '!{conversion}'")
        yield name, depth
        if spec:
            if depth > 0:
                raise ValueError("nested too deep")
            yield from _fields(spec, depth + 1)
