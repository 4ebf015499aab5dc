"""conda.yaml: channels, match specs, the pip section, variables."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.python.requirements import Line, Requirements, Scope, logical_lines, parse
from mlproj.envs.yaml_files import is_null, place, top_level
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    import yaml

KEYS = ("name", "channels", "dependencies", "prefix", "variables")
_OF_OTHERS = ("platforms", "category", "channel_priority", "channel-priority")
"""Keys of conda-lock and mamba that stand in such files and mean nothing to conda itself."""
_COMMON = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*( ?(=|==|>=|<=|!=|<|>) ?[0-9]{1,9}(\.[0-9]{1,9})*(\.\*)?)?")
"""Most match specs; only for the others is rattler imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLine:
    """One match spec as it is written, the name that it is about, and its file and line."""

    text: str
    name: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaEnv:
    """What a conda.yaml says. `channels` are names or URLs, strongest first, `nodefaults` among them."""

    channels: tuple[str, ...] = field(repr=False)
    packages: tuple[MatchLine, ...]
    pip: Requirements
    variables: dict[str, str] = field(repr=False)
    warnings: tuple[str, ...]


def read_conda_env(file: Path, scope: Scope) -> CondaEnv:
    """Read the file and what its pip section includes. Raises EnvironmentSpecError with file and line."""
    nodes, warnings = top_level(file, KEYS, ignored=_OF_OTHERS)
    packages, pip = _dependencies(file, nodes.get("dependencies"), scope)
    if named := [key for key in ("name", "prefix") if key in nodes and not is_null(nodes[key])]:
        remark = f"{' and '.join(named)} ignored: mlproj chooses where an environment is"
        warnings = (*warnings, f"{place(file, nodes[named[0]])}: {remark}")
    if not packages and not pip.requirements:
        warnings = (*warnings, f"{file}: names no packages: the environment is empty")
    return CondaEnv(
        channels=_channels(file, nodes.get("channels")),
        packages=packages,
        pip=pip,
        variables=_variables(file, nodes.get("variables")),
        warnings=warnings,
    )


def _channels(file: Path, node: "yaml.Node | None") -> tuple[str, ...]:
    return tuple(text for text, _ in _texts(file, node, "channels", "as in: - conda-forge"))


def _texts(file: Path, node: "yaml.Node | None", what: str, hint: str) -> list[tuple[str, "yaml.Node"]]:
    """A list of texts, or one text alone."""
    import yaml

    if node is None or is_null(node):
        return []
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for item in items:
        if not isinstance(item, yaml.ScalarNode) or is_null(item) or not str(item.value).strip():
            raise EnvironmentSpecError(f"{what} must be a list of texts", where=place(file, item), hint=hint)
    return [(str(item.value).strip(), item) for item in items]


def _dependencies(file: Path, node: "yaml.Node | None", scope: Scope) -> tuple[tuple[MatchLine, ...], Requirements]:
    import yaml

    packages: list[MatchLine] = []
    pip = Requirements()
    if node is None or is_null(node):
        return (), pip
    if not isinstance(node, yaml.SequenceNode):
        raise EnvironmentSpecError(
            "dependencies must be a list", where=place(file, node), hint="one `- name=version` each"
        )
    for item in node.value:
        if isinstance(item, yaml.MappingNode):
            for key, value in item.value:
                pip += _pip_section(file, key, value, scope)
        elif isinstance(item, yaml.ScalarNode) and not is_null(item):
            packages.append(_match_line(str(item.value).strip(), place(file, item)))
        else:
            raise EnvironmentSpecError(
                "a dependency must be text", where=place(file, item), hint="as in: - numpy=1.26, or a `- pip:` list"
            )
    return tuple(packages), pip


def _pip_section(file: Path, key: "yaml.Node", value: "yaml.Node", scope: Scope) -> Requirements:
    if str(key.value) != "pip":
        hint = f"write - {key.value}=VERSION" if not is_null(value) else "only `- pip:` takes a list of its own"
        raise EnvironmentSpecError(f"unknown kind of dependencies: {key.value!r}", where=place(file, key), hint=hint)
    found = Requirements()
    for text, item in _texts(file, value, "pip", "as in: - requests==2.32"):
        number = item.start_mark.line + 1
        lines = [Line(text=line.text, file=file, number=number) for line in logical_lines(text, file)]
        found += parse(lines, scope)
    return found


def _match_line(text: str, where: str) -> MatchLine:
    plain = text.split("#", 1)[0].strip() if not text.startswith(("http:", "https:", "file:")) else text
    if _COMMON.fullmatch(plain):
        name = re.split(r"[ =<>!~]", plain, maxsplit=1)[0]
        return MatchLine(text=plain, name=name.lower(), where=where)
    return MatchLine(text=plain, name=_parsed_name(plain, where), where=where)


def _parsed_name(text: str, where: str) -> str:
    from rattler import MatchSpec
    from rattler.exceptions import InvalidChannelError, InvalidMatchSpecError

    try:
        return MatchSpec(text).name.normalized.lower()
    except (InvalidMatchSpecError, InvalidChannelError) as error:
        reason = str(error).splitlines()[0]
        hint = "write name=1.2, name>=1.2,<2 or channel::name"
        if re.search(r"\[[a-z, ]+\]\s*($|[=<>])", text):
            hint = "extras are pip's: write it below `- pip:`"
        raise EnvironmentSpecError(f"not a match spec: {text!r} ({reason})", where=where, hint=hint) from error


def _variables(file: Path, node: "yaml.Node | None") -> dict[str, str]:
    import yaml

    if node is None or is_null(node):
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise EnvironmentSpecError("variables must be a mapping", where=place(file, node), hint="as in: NAME: value")
    found = {}
    for key, value in node.value:
        name = str(key.value)
        if not isinstance(value, yaml.ScalarNode) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise EnvironmentSpecError(f"not a variable: {name!r}", where=place(file, key), hint="as in: NAME: value")
        found[name] = "" if is_null(value) else str(value.value)
    return found
