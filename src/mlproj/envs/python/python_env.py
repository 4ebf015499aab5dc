"""python_env.yaml: a Python version, build dependencies, dependencies."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.python.requirements import Line, Requirements, Scope, logical_lines, parse
from mlproj.envs.yaml_files import is_null, place, top_level
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    import yaml

KEYS = ("python", "build_dependencies", "dependencies")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonEnv:
    """What a python_env.yaml says; `python` is the version as it is written."""

    python: str | None
    build: Requirements
    run: Requirements
    warnings: tuple[str, ...]


def read_python_env(file: Path, scope: Scope) -> PythonEnv:
    """Read the file and what it includes. Raises EnvironmentSpecError with file and line."""
    nodes, warnings = top_level(file, KEYS)
    if not nodes:
        warnings = (*warnings, f"{file}: is empty: the environment has no packages")
    return PythonEnv(
        python=_python(file, nodes["python"]) if "python" in nodes else None,
        build=_requirements(file, nodes.get("build_dependencies"), scope),
        run=_requirements(file, nodes.get("dependencies"), scope),
        warnings=warnings,
    )


def _python(file: Path, node: "yaml.Node") -> str | None:
    """The version from the scalar's text: `3.10` is not 3.1."""
    import yaml

    from mlproj.envs.python.versions import check_request

    if not isinstance(node, yaml.ScalarNode):
        raise EnvironmentSpecError("python must be a version", where=place(file, node), hint="as in: python: '3.11'")
    if is_null(node):
        return None
    return check_request(str(node.value), where=place(file, node))


def _requirements(file: Path, node: "yaml.Node | None", scope: Scope) -> Requirements:
    import yaml

    if node is None or is_null(node):
        return Requirements()
    if not isinstance(node, yaml.SequenceNode):
        raise EnvironmentSpecError("must be a list of requirements", where=place(file, node), hint="one `- name` each")
    found = Requirements()
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode) or is_null(item):
            raise EnvironmentSpecError("a dependency must be text", where=place(file, item), hint="as in: - numpy==2.1")
        lines = [
            Line(text=line.text, file=file, number=item.start_mark.line + 1)
            for line in logical_lines(str(item.value), file)
        ]
        found += parse(lines, scope)
    return found
