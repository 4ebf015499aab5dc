"""Environment files in YAML: nodes with their places, and one clear error for what is no YAML."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.envs.texts import read_text
from mlproj.errors import EnvironmentSpecError

if TYPE_CHECKING:
    import yaml

_NULL = "tag:yaml.org,2002:null"
_LARGEST = 256 * 1024


def top_level(
    file: Path, keys: Sequence[str], ignored: Sequence[str] = ()
) -> tuple[dict[str, "yaml.Node"], tuple[str, ...]]:
    """The nodes below the known keys, and remarks about the others; keys in `ignored` pass in silence.

    Raises EnvironmentSpecError with file and line.
    """
    import yaml

    node = _compose(file)
    if is_null(node):
        return {}, ()
    if not isinstance(node, yaml.MappingNode):
        raise EnvironmentSpecError("must be a mapping", where=place(file, node), hint=f"its keys are {', '.join(keys)}")
    found: dict[str, yaml.Node] = {}
    warnings: list[str] = []
    for key, value in node.value:
        name = str(key.value)
        if name not in keys:
            if name not in ignored:
                warnings.append(f"{place(file, key)}: unknown key {name!r} is ignored{_near(name, keys)}")
            continue
        if name in found:
            warnings.append(f"{place(file, key)}: {name!r} stands here twice; the last one counts")
        found[name] = value
    return found, tuple(warnings)


def is_null(node: "yaml.Node | None") -> bool:
    """Whether nothing stands there, or null."""
    return node is None or node.tag == _NULL


def place(file: Path, node: "yaml.Node | None") -> str:
    """File and line."""
    return str(file) if node is None else f"{file}:{node.start_mark.line + 1}"


def _compose(file: Path) -> "yaml.Node | None":
    import yaml

    text = read_text(file)
    if len(text) > _LARGEST:
        raise EnvironmentSpecError(f"is larger than 256 kB; no {file.name} is", where=str(file))
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


def _near(name: str, keys: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, keys, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
