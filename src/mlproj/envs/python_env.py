"""python_env.yaml: a Python version, build dependencies, dependencies."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.requirements import Line, Requirements, Scope, logical_lines, parse
from mlproj.envs.texts import read_text
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    import yaml

KEYS = ("python", "build_dependencies", "dependencies")
_LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonEnv:
    """What a python_env.yaml says; `python` is the version as it is written."""

    python: str | None
    build: Requirements
    run: Requirements
    warnings: tuple[str, ...]


def read_python_env(file: Path, scope: Scope) -> PythonEnv:
    """Read the file and what it includes. Raises EnvironmentSpecError with file and line."""
    nodes, warnings = _top_level(file)
    if not nodes:
        warnings = [*warnings, f"{file}: is empty: the environment has no packages"]
    return PythonEnv(
        python=_python(file, nodes["python"]) if "python" in nodes else None,
        build=_requirements(file, nodes.get("build_dependencies"), scope),
        run=_requirements(file, nodes.get("dependencies"), scope),
        warnings=tuple(warnings),
    )


def _top_level(file: Path) -> tuple[dict[str, "yaml.Node"], list[str]]:
    import yaml

    node = _compose(file)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        return {}, []
    if not isinstance(node, yaml.MappingNode):
        raise EnvironmentSpecError(
            "must be a mapping", where=_place(file, node), hint=f"its keys are {', '.join(KEYS)}"
        )
    found: dict[str, yaml.Node] = {}
    warnings: list[str] = []
    for key, value in node.value:
        name = str(key.value)
        if name not in KEYS:
            warnings.append(f"{_place(file, key)}: unknown key {name!r} is ignored{_near(name)}")
            continue
        if name in found:
            warnings.append(f"{_place(file, key)}: {name!r} stands here twice; the last one counts")
        found[name] = value
    return found, warnings


def _compose(file: Path) -> "yaml.Node | None":
    import yaml

    text = read_text(file)
    if len(text) > _LARGEST:
        raise EnvironmentSpecError("is larger than 256 kB; no python_env.yaml is", where=str(file))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise EnvironmentSpecError(f"is not YAML: {error.problem}", where=where) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise EnvironmentSpecError(f"is not YAML: {error}", where=str(file)) from error
    return node


def _near(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, KEYS, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _place(file: Path, node: "yaml.Node") -> str:
    return f"{file}:{node.start_mark.line + 1}"


def _python(file: Path, node: "yaml.Node") -> str | None:
    """The version from the scalar's text: `3.10` is not 3.1."""
    import yaml

    from mlproj.envs.versions import check_request

    if not isinstance(node, yaml.ScalarNode):
        raise EnvironmentSpecError("python must be a version", where=_place(file, node), hint="as in: python: '3.11'")
    if node.tag == "tag:yaml.org,2002:null":
        return None
    return check_request(str(node.value), where=_place(file, node))


def _requirements(file: Path, node: "yaml.Node | None", scope: Scope) -> Requirements:
    import yaml

    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        return Requirements()
    if not isinstance(node, yaml.SequenceNode):
        raise EnvironmentSpecError("must be a list of requirements", where=_place(file, node), hint="one `- name` each")
    found = Requirements()
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode) or item.tag == "tag:yaml.org,2002:null":
            raise EnvironmentSpecError(
                "a dependency must be text", where=_place(file, item), hint="as in: - numpy==2.1"
            )
        lines = [
            Line(text=line.text, file=file, number=item.start_mark.line + 1)
            for line in logical_lines(str(item.value), file)
        ]
        found += parse(lines, scope)
    return found
