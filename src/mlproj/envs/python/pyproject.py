"""pyproject.toml as an environment: what `uv sync` would put in."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlproj.envs.python.requirements import Line, Requirements, Scope, parse
from mlproj.envs.python.versions import check_request
from mlproj.envs.texts import read_text
from mlproj.errors import EnvironmentSpecError


@dataclass(frozen=True, slots=True, kw_only=True)
class PyProject:
    """The project's dependencies, its default dependency groups, and itself (editable) if it is a package."""

    python: str | None
    requirements: Requirements
    groups: tuple[str, ...]


def read_pyproject(file: Path, scope: Scope) -> PyProject:
    """Read the file. Raises EnvironmentSpecError with file and, where it can be told, line."""
    text = read_text(file)
    table = read_toml(text, file)
    project = _table(table.get("project"), file, "[project]")
    if not table.keys() & {"project", "build-system", "dependency-groups"} and not file.with_name("uv.lock").exists():
        raise EnvironmentSpecError(
            "declares no dependencies: it has neither [project] nor [build-system]",
            where=str(file),
            hint="name a python_env.yaml or a requirements.txt instead",
        )
    groups = _default_groups(table, file)
    found = _parse(_texts(project.get("dependencies", []), file, "project.dependencies"), text, file, scope)
    for group in groups:
        found += _parse(_group(table, group, file), text, file, scope)
    if _is_package(table):
        found += parse([Line(text=f"-e {_here(file, scope.root)}", file=file, number=1)], scope)
    python = project.get("requires-python")
    return PyProject(
        python=check_request(str(python), where=_place(text, file, str(python))) if python else None,
        requirements=found,
        groups=groups,
    )


def read_toml(text: str, file: Path) -> dict[str, Any]:
    """Parse TOML, or one line that says where it is not."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise EnvironmentSpecError(f"is not TOML: {error}", where=str(file)) from error


def _table(value: object, file: Path, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise EnvironmentSpecError(f"{name} must be a table", where=str(file))
    return value


def _texts(value: object, file: Path, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise EnvironmentSpecError(f"{name} must be a list of texts", where=str(file))
    return value


def _default_groups(table: dict[str, Any], file: Path) -> tuple[str, ...]:
    """Those that `uv sync` installs without being asked: tool.uv.default-groups, else `dev` if there is one."""
    groups = _table(table.get("dependency-groups"), file, "[dependency-groups]")
    settings = _table(_table(table.get("tool"), file, "[tool]").get("uv"), file, "[tool.uv]")
    chosen = settings.get("default-groups", ["dev"])
    names = list(groups) if chosen == "all" else _texts(chosen, file, "tool.uv.default-groups")
    return tuple(name for name in names if name in groups)


def _group(table: dict[str, Any], name: str, file: Path, seen: tuple[str, ...] = ()) -> list[str]:
    groups = _table(table.get("dependency-groups"), file, "[dependency-groups]")
    if name in seen or name not in groups:
        raise EnvironmentSpecError(f"dependency group {name!r} includes itself or is not there", where=str(file))
    if not isinstance(groups[name], list):
        raise EnvironmentSpecError(f"dependency-groups.{name} must be a list", where=str(file))
    found: list[str] = []
    for item in groups[name]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            found += _group(table, item["include-group"], file, (*seen, name))
        else:
            raise EnvironmentSpecError(f"dependency-groups.{name} has an entry of an unknown form", where=str(file))
    return found


def _is_package(table: dict[str, Any]) -> bool:
    package = table.get("tool", {}).get("uv", {}).get("package")
    return "build-system" in table if package is None else bool(package)


def _here(file: Path, root: Path) -> str:
    from os.path import relpath

    return Path(relpath(file.parent.resolve(), root.resolve())).as_posix()


def _parse(items: list[str], text: str, file: Path, scope: Scope) -> Requirements:
    lines = (Line(text=item.strip(), file=file, number=_line_of(text, item)) for item in items if item.strip())
    return parse(lines, scope)


def _line_of(text: str, item: str) -> int:
    before, found, _ = text.partition(item)
    return before.count("\n") + 1 if found else 1


def _place(text: str, file: Path, item: str) -> str:
    return f"{file}:{_line_of(text, item)}"


def package_name(path: Path) -> str | None:
    """The name that a local package gives itself in its pyproject.toml; None if it stands elsewhere."""
    try:
        project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8")).get("project")
    except (OSError, ValueError):
        return None
    name = project.get("name") if isinstance(project, dict) else None
    return name if isinstance(name, str) else None
