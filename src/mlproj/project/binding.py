"""An entry point by its name, and its parameters with their values: every mistake of the user ends here."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlproj.errors import EntryPointError, ParameterError
from mlproj.project.keys import nearest
from mlproj.project.loading import to_error
from mlproj.project.model import (
    Binding,
    BoundParameter,
    EntryPoint,
    Loaded,
    Origin,
    Parameter,
    ParameterType,
    Severity,
)
from mlproj.project.parameters import fault_of_value
from mlproj.project.paths import check_uri, is_plain_file

SCRIPTS = (".py", ".sh", ".R")
LONGEST_SHOWN = 60


def find_entry_point(loaded: Loaded, name: str) -> EntryPoint:
    """The entry point of that name, or the script.

    Raises ProjectFileError for an error in the file that concerns it, EntryPointError if there is no such thing.
    """
    for diagnostic in loaded.diagnostics:
        if diagnostic.severity is Severity.ERROR and diagnostic.entry_point in {None, name}:
            raise to_error(diagnostic)
    project = loaded.project
    if name in project.entry_points:
        return project.entry_points[name]
    if Path(name).suffix in SCRIPTS:
        if is_plain_file(project.root / name):
            return EntryPoint(
                name=name, command=script_command(name, "bash").replace("{", "{{").replace("}", "}}"), script=name
            )
        raise EntryPointError(f"no such script: {name}", where=str(project.root), hint=_suggest(loaded, name))
    raise EntryPointError(
        f"no such entry point: {name}", where=str(project.file or project.root), hint=_suggest(loaded, name)
    )


def bind(
    entry_point: EntryPoint,
    given: Mapping[str, str],
    *,
    origins: Mapping[str, Origin] | None = None,
    arguments: Sequence[str] = (),
) -> Binding:
    """Give each parameter its value; what is not declared is kept, to be appended to the command.

    A given value is checked against its declaration and kept exactly as typed. Raises ParameterError, naming all that
    are missing at once.
    """
    origins = origins or {}
    declared = {parameter.name: parameter for parameter in entry_point.parameters}
    for name, value in given.items():
        _check_text(name, value, declared.get(name))
    _check_missing(entry_point, given)
    for argument in arguments:
        _check_argument(argument)
    bound = [_bind_declared(parameter, given, origins) for parameter in entry_point.parameters]
    extras = [
        BoundParameter(
            name=name,
            value=value,
            type=ParameterType.STRING,
            origin=origins.get(name, Origin.OPTION),
            declared=False,
        )
        for name, value in given.items()
        if name not in declared
    ]
    return Binding(entry_point=entry_point, parameters=(*bound, *extras), arguments=tuple(arguments))


def missing_secrets(entry_point: EntryPoint, given: Mapping[str, str]) -> tuple[Parameter, ...]:
    """The secret parameters that have no value yet, to be asked for where there is a terminal."""
    return tuple(
        parameter
        for parameter in entry_point.parameters
        if parameter.secret and parameter.default is None and parameter.name not in given
    )


def script_command(name: str, shell: str) -> str:
    """The shell text that runs a script, as MLflow has it. `shell` is a program's name, or a variable in quotes."""
    match Path(name).suffix:
        case ".py":
            return f"python {shlex.quote(name)}"
        case ".sh":
            program = shell if shell.startswith('"$') else shlex.quote(shell)
            return f"{program} {shlex.quote(name)}"
        case _ if shlex.quote(name) == name:
            return f"Rscript -e \"mlflow::mlflow_source('{name}')\" --args"
        case _:
            import json

            return f"Rscript -e {shlex.quote(f'mlflow::mlflow_source({json.dumps(name)})')} --args"


def _suggest(loaded: Loaded, name: str) -> str:
    known = tuple(loaded.project.entry_points)
    scripts = tuple(sorted(path.name for path in loaded.project.root.iterdir() if path.suffix in SCRIPTS))
    if near := nearest(name, known) or nearest(name, scripts):
        return f"did you mean {near!r}?"
    if known:
        return f"there are: {', '.join(known)}"
    for finding in loaded.diagnostics:
        if loaded.project.file is None and finding.file.suffix in {".yaml", ".yml"}:
            return f"there is no MLproject file, and {finding.file.name} is never read: {finding.hint}"
    return f"it declares none; name a script: {', '.join(scripts)}" if scripts else "it declares none"


def _check_missing(entry_point: EntryPoint, given: Mapping[str, str]) -> None:
    missing = [
        parameter.name
        for parameter in entry_point.parameters
        if parameter.default is None and parameter.name not in given
    ]
    if not missing:
        return
    extras = tuple(name for name in given if name not in {parameter.name for parameter in entry_point.parameters})
    near = {name: nearest(name, extras) for name in missing} if extras else {}
    typos = ", ".join(f"{extra!r} for {name!r}" for name, extra in near.items() if extra)
    raise ParameterError(
        f"no value given for {_names(missing)} of entry point {entry_point.name!r}",
        hint=f"did you mistype {typos}?" if typos else f"give {' '.join(f'-P {name}=...' for name in missing)}",
    )


def _names(names: Sequence[str]) -> str:
    return f"parameter{'s' if len(names) > 1 else ''} {', '.join(repr(name) for name in names)}"


def _check_text(name: str, value: str, parameter: Parameter | None) -> None:
    if not name:
        raise ParameterError("a parameter has no name", hint="write -P NAME=VALUE")
    for text in (name, value):
        if fault := _unfit(text):
            raise ParameterError(f"parameter {name!r} {fault}")
    if parameter is not None and (fault := fault_of_value(parameter, value)):
        shown = (
            "its value"
            if parameter.secret
            else repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…")
        )
        raise ParameterError(f"parameter {name!r}: {shown} {fault}")


def _check_argument(argument: str) -> None:
    if fault := _unfit(argument):
        raise ParameterError(f"the argument {argument[:LONGEST_SHOWN]!r} {fault}")


def _unfit(text: str) -> str | None:
    """Why a text can be neither an argument of a program nor a value in a store."""
    if "\0" in text:
        return "holds a NUL character, which no command can be given"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not UTF-8 text"
    return None


def _bind_declared(parameter: Parameter, given: Mapping[str, str], origins: Mapping[str, Origin]) -> BoundParameter:
    value = given.get(parameter.name, parameter.default) or ""
    bound = BoundParameter(
        name=parameter.name,
        value=value,
        type=parameter.type,
        origin=origins.get(parameter.name, Origin.OPTION) if parameter.name in given else Origin.DEFAULT,
        secret=parameter.secret,
        log=parameter.log,
    )
    if parameter.type is ParameterType.URI:
        check_uri(bound)
    return bound
