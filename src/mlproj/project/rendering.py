"""Binding -> shell text: `str.format` over quoted values, what is undeclared at the end, secrets by variable."""

import re
import shlex
from collections.abc import Mapping

from mlproj.errors import ProjectFileError
from mlproj.project.binding import script_command
from mlproj.project.model import Binding, BoundParameter, EntryPoint, RenderedCommand
from mlproj.project.templates import LONGEST_WIDTH, template_faults, width_fields

SECRET_PREFIX = "MLPROJ_SECRET_"  # noqa: S105 - the name of a variable

CONTAINER_SHELL = '"${BASH:-sh}"'
"""Whichever shell runs the command: which one an image has is known only there."""


def render(binding: Binding, *, place: Mapping[str, str], shell: str) -> RenderedCommand:
    """The shell text of a bound entry point.

    `place` maps a parameter's name to the text that its value has where the command runs (the path of a fetched file,
    a path in the container); the others stay as bound. `shell` runs a `.sh` script that is an entry point by its name.
    """
    values = {parameter.name: place.get(parameter.name, parameter.value) for parameter in binding.parameters}
    secrets = {parameter.name for parameter in binding.parameters if parameter.secret}
    words = {
        name: f'"${secret_variable(name)}"' if name in secrets else shlex.quote(value) for name, value in values.items()
    }
    declared = {parameter.name: words[parameter.name] for parameter in binding.parameters if parameter.declared}
    text = _fill(binding.entry_point, declared, shell)
    extras = [word for parameter in binding.parameters if not parameter.declared for word in _option(parameter, words)]
    return RenderedCommand(
        text=_append(text, [*extras, *(shlex.quote(argument) for argument in binding.arguments)]),
        variables={secret_variable(name): values[name] for name in values if name in secrets},
    )


def secret_variable(name: str) -> str:
    """The environment variable in which a secret parameter travels; no two names share one."""
    if re.fullmatch(r"[a-z0-9_]+", name):
        return SECRET_PREFIX + name.upper()
    import zlib

    return f"{SECRET_PREFIX}{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_{zlib.crc32(name.encode()):08x}"


def _fill(entry_point: EntryPoint, words: Mapping[str, str], shell: str) -> str:
    if entry_point.script is not None:
        return script_command(entry_point.script, shell)
    if entry_point.command is None:
        raise ProjectFileError(f"entry point {entry_point.name!r} has no command", hint="write 'command: ...'")
    for message, hint in template_faults(entry_point.command, words.keys()):
        raise ProjectFileError(f"entry point {entry_point.name!r}: {message}", hint=hint)
    try:
        _check_widths(entry_point.command, words)
        return entry_point.command.format_map(words)
    except ValueError as error:
        raise ProjectFileError(f"entry point {entry_point.name!r}: the command cannot be filled in: {error}") from error


def _check_widths(command: str, words: Mapping[str, str]) -> None:
    for name in width_fields(command):
        if len(words[name]) > LONGEST_WIDTH:
            raise ValueError(f"{{{name}}} is no width")


def _option(parameter: BoundParameter, words: Mapping[str, str]) -> tuple[str, str]:
    return shlex.quote(f"--{parameter.name}"), words[parameter.name]


def _append(text: str, words: list[str]) -> str:
    """Put words behind the last of a command, which may end in a line break of its own."""
    return " ".join([_trim(text), *words]) if words else text


def _trim(text: str) -> str:
    """Cut trailing white space; a backslash before it is a continued line (cut too) or an escaped space (kept)."""
    trimmed = text.rstrip()
    backslashes = len(trimmed) - len(trimmed.rstrip("\\"))
    if backslashes % 2 == 0:
        return trimmed
    space = text[len(trimmed) : len(trimmed) + 1]
    return f"{trimmed}{space}" if space in {" ", "\t"} else _trim(trimmed[:-1])
